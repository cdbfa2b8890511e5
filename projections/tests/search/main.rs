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
#[cfg(test)]
mod relevance;
#[cfg(test)]
mod splits;
#[cfg(test)]
mod terms;
#[cfg(test)]
mod world;
