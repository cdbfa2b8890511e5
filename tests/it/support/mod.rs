//! The program as a process, and a client of it.

mod client;
mod server;

pub(crate) use self::client::{Client, sell};
pub(crate) use self::server::{Server, program, setting};
