//! What touches the world: journal, bus, clock, HTTP foundations, payment providers.
