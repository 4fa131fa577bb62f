use realtime_asyncapi::Format;

use crate::arguments::View;
use crate::outcome::{Done, Outcome};
use crate::{files, listing};

pub(super) fn run(view: &View) -> Outcome {
    let source = files::read(&view.file)?;
    let text = if view.client {
        let format = view.format.map(Format::from);
        let format = format.or_else(|| Format::of_path(&view.output));
        source
            .document
            .client_view()
            .write(format.unwrap_or(source.format))
    } else {
        listing::of(&source.document)
    };
    files::write(&view.output, &text)?;
    Ok(Done::Well)
}
