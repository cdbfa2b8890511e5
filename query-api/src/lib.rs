//! The read side over HTTP: search, seat maps, bookings, history, and the web page.

pub mod web;
