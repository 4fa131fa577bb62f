//! The programs themselves, on real files.

mod diff;
mod emit;
mod help;
mod run;
mod validate;
mod view;
