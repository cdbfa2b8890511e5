//! Seating plans.
