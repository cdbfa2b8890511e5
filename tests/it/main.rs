//! Black-box tests: the program as its users meet it, over HTTP and in a browser.

mod architecture;
mod browser;
mod crash;
mod openapi;
mod sample;
mod support;
mod tour;
