//! What `#[on_connect]` sees: the handshake, before it is answered.

use std::{fmt, sync::Arc};

use axum::{extract::FromRequestParts, response::IntoResponse};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header, request::Parts};

use super::{Sending, Session, accessors};
use crate::{
    auth::{Reject, offered_subprotocols},
    connection::First,
    consumer::{Consumer, SentBy},
    error::Error,
    layer::{ChannelLayer, Group, JoinError, Publish},
    message::Message,
    wire::encode,
};

/// The handshake of a connection. It is answered when `#[on_connect]` returns.
pub struct Connect<'a, C: Consumer> {
    session: &'a Arc<Session<C>>,
    attempt: &'a mut Attempted<C>,
    answer: &'a mut Answer,
}

/// The request of a handshake, taken apart.
pub(crate) struct Attempted<C: Consumer> {
    pub(crate) parts: Parts,
    pub(crate) path: C::Path,
    pub(crate) query: C::Query,
}

/// What goes back: headers of the 101, and the first frames.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) first: First,
}

impl<'a, C: Consumer> Connect<'a, C> {
    pub(crate) fn new(
        session: &'a Arc<Session<C>>,
        attempt: &'a mut Attempted<C>,
        answer: &'a mut Answer,
    ) -> Self {
        Self {
            session,
            attempt,
            answer,
        }
    }

    accessors!();

    /// The parameters of the path.
    pub fn path(&self) -> &C::Path {
        &self.attempt.path
    }

    /// The parameters of the query.
    pub fn query(&self) -> &C::Query {
        &self.attempt.query
    }

    /// The request's headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.attempt.parts.headers
    }

    /// The request's URI.
    pub fn uri(&self) -> &Uri {
        &self.attempt.parts.uri
    }

    /// Runs an axum extractor on the request. Extractors may also stand as arguments of `#[on_connect]`.
    ///
    /// # Errors
    /// The extractor's rejection, as its HTTP status.
    pub async fn extract<E: FromRequestParts<C::State>>(&mut self) -> Result<E, Reject> {
        E::from_request_parts(&mut self.attempt.parts, &self.session.state)
            .await
            .map_err(|rejection| Reject::http(rejection.into_response().status()))
    }

    /// Joins a group. From here on its events are held, and follow what `#[on_connect]` sends.
    ///
    /// With a [broker](crate::RealtimeBuilder::layer) the first member of a group on a node waits until events of other nodes
    /// come: for up to 2 s where the bus is down, and is in the group then all the same.
    ///
    /// # Errors
    /// Beyond the limit of groups per connection (128 by default).
    pub async fn join(&mut self, group: &Group<C>) -> Result<(), JoinError> {
        self.session
            .layer
            .join(&self.session.link, group.key())
            .await
    }

    /// Sends a message: the first thing that is written when the connection stands.
    ///
    /// # Errors
    /// When the message cannot be written as JSON.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a message is given away, as it is where it is returned"
    )]
    pub fn send<M: SentBy<C>>(&mut self, message: M) -> Sending {
        Sending::new(self.push(&message))
    }

    fn push<M: Message>(&mut self, message: &M) -> Result<(), Error> {
        encode::message(&mut self.answer.first.bytes, message, None)?;
        self.answer.first.frames += 1;
        Ok(())
    }

    /// Adds a header to the answer, for example a cookie.
    pub fn set_header(&mut self, name: HeaderName, value: HeaderValue) {
        self.answer.headers.append(name, value);
    }

    /// The subprotocols that the client offers, in its order (RFC 6455 § 4.1).
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        offered_subprotocols(self.headers())
    }

    /// Chooses one of the subprotocols that the client offers.
    ///
    /// # Errors
    /// When the client did not offer it, as it would then end the connection (RFC 6455 § 4.1).
    pub fn select_subprotocol(&mut self, protocol: &str) -> Result<(), Reject> {
        let offered = self.subprotocols().any(|offered| offered == protocol);
        let value = HeaderValue::from_str(protocol)?;
        if !offered {
            return Err(Reject::internal(format!(
                "the client did not offer the subprotocol `{protocol}`"
            )));
        }
        self.answer
            .headers
            .insert(header::SEC_WEBSOCKET_PROTOCOL, value);
        Ok(())
    }
}

impl<C: Consumer> Publish for Connect<'_, C> {
    fn channel_layer(&self) -> ChannelLayer {
        self.session.layer.clone()
    }
}

impl<C: Consumer> fmt::Debug for Connect<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("consumer", &C::NAME)
            .field("connection", &self.session.link.id())
            .finish_non_exhaustive()
    }
}
