//! What the bench runs on, in a line: figures without it mean nothing.

use std::fs;
use std::path::Path;

/// Processor, cores, memory, system, and the file system of a folder.
pub(super) fn describe(folder: &Path) -> String {
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = field("/proc/meminfo", "MemTotal").and_then(|text| gigabytes(&text));
    let memory = memory.map_or_else(|| "unknown memory".into(), |size| format!("{size:.0} GB"));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let disk = file_system(folder).unwrap_or_else(|| "an unknown file system".into());
    format!("{model}, {cores} cores, {memory}, {os} {} {arch}, on {disk}", kernel.trim())
}

/// The value of the first line `name : value` of a file.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn gigabytes(kilobytes: &str) -> Option<f64> {
    let number: f64 = kilobytes.split_whitespace().next()?.parse().ok()?;
    Some(number / 1024.0 / 1024.0)
}

/// The kind of the file system that a folder is on: the mount with the longest matching path.
fn file_system(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        Some((words.next()?, words.next()?))
    });
    let holding = mounts.filter(|(path, _)| folder.starts_with(path));
    holding.max_by_key(|(path, _)| path.len()).map(|(_, kind)| kind.to_owned())
}
