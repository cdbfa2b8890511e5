//! The search index from outside: facts in, hits out.

#[cfg(test)]
mod availability;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod paging;
mod rebuilding;
#[expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
mod splits;
#[cfg(test)]
mod terms;
#[cfg(test)]
mod world;
