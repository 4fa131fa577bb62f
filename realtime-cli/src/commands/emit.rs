use realtime_asyncapi::Format;

use crate::arguments::Emit;
use crate::outcome::{Done, Outcome};
use crate::{cargo, files};

pub(super) fn run(emit: &Emit) -> Outcome {
    let mut document = cargo::document(&emit.build, None)?
        .document
        .with_version(emit.spec.into());
    if emit.client {
        document = document.client_view();
    }
    let format = emit.format.map(Format::from);
    let format = format.or_else(|| Format::of_path(&emit.output));
    files::write(
        &emit.output,
        &document.write(format.unwrap_or(Format::Json)),
    )?;
    Ok(Done::Well)
}
