//! A handler as a task of its own.

use std::{future::Future, sync::Arc};

use super::Session;
use crate::{
    cause::Cause,
    connection::{Beside, Frames, Rank, report},
    consumer::Consumer,
    message::{Reply, ReplySink, TagKey},
    panic,
    wire::{Ref, encode},
};

/// Runs the handler and sends what it returned; what is left to be done is the stream that it returned, if it did.
pub(super) async fn run<C: Consumer, T: TagKey, R: Reply<T>>(
    session: Arc<Session<C>>,
    reference: Option<Ref>,
    handler: impl Future<Output = R>,
) -> Vec<Beside> {
    let link = &session.link;
    let mut bytes = Vec::new();
    let handled = panic::guard(async {
        let reply = handler.await;
        let mut sink = ReplySink::with_streams(&mut bytes, reference.as_ref(), link);
        reply.write(&mut sink).map(|()| sink.finish())
    });
    let (count, streams) = match handled.await {
        Ok(Ok(written)) => written,
        failed => {
            let error = report(
                failed.map(Result::err),
                link,
                "a spawned handler failed",
                &Cause::current(),
            );
            bytes.clear();
            link.meters().failed(&error.code);
            encode::error(&mut bytes, T::FORM, &error, reference.as_ref());
            (1, Vec::new())
        }
    };
    if count > 0 {
        let frames = Frames {
            bytes: bytes.into(),
            count,
            signals: 0,
            cause: Cause::current(),
        };
        link.push_own(frames, false, Rank::After);
    }
    streams
}
