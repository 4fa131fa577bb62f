//! The broker against real servers: private processes on free ports, in temporary folders.

mod conformance;
mod delivery;
mod faults;
mod metrics;
mod numbers;
mod setups;
mod support;
