//! The write side over HTTP: decides commands in memory and appends each as one unit of work.
