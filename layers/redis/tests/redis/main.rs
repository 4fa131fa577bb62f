//! The broker against real servers: private processes on free ports, in temporary folders.

mod application;
mod conformance;
mod delivery;
mod faults;
mod metrics;
mod numbers;
mod races;
mod setups;
mod support;
