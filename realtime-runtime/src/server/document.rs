//! What the document is made of: consumers, limits, codes.

use std::time::Duration;

use http::StatusCode;
use realtime_asyncapi::spec::{
    AppSpec, ChannelSpec, HandshakeErrorSpec, LimitsSpec, PushSpec, ReceiveSpec, Repetition,
    SecuritySpec,
};

use super::RealtimeBuilder;
use crate::{
    auth::{Authenticator, origin::OriginPolicy},
    connection::Limits,
    consumer::{Consumer, Description},
    message::{
        Message as _, System, TagKey,
        system::{Authentication, Gap, Refresh, SystemBody},
    },
    wire::ErrorCode,
};

impl RealtimeBuilder {
    pub(super) fn spec(&self) -> AppSpec {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let refused = |status: StatusCode, summary, reconnect| HandshakeErrorSpec {
            status: status.as_u16(),
            summary,
            reconnect,
        };
        let mut handshake_errors = vec![
            refused(
                StatusCode::BAD_REQUEST,
                "`Sec-WebSocket-Key` is missing or malformed, or no subprotocol that is offered is spoken.",
                false,
            ),
            refused(
                StatusCode::FORBIDDEN,
                "The `Origin` is missing or not allowed.",
                false,
            ),
            refused(
                StatusCode::UPGRADE_REQUIRED,
                "The request is no WebSocket handshake of version 13.",
                false,
            ),
            refused(
                StatusCode::SERVICE_UNAVAILABLE,
                "The server restarts; connect again.",
                true,
            ),
        ];
        if matches!(self.origin, Ok(OriginPolicy::Any)) {
            handshake_errors.retain(|error| error.status != StatusCode::FORBIDDEN);
        }
        let about = &self.about;
        AppSpec {
            title: about.title.clone(),
            version: about.version.clone(),
            description: about.description.clone(),
            id: about.id.clone(),
            contact: about.contact.clone(),
            license: about.license.clone(),
            tags: about.tags.clone(),
            servers: about.servers.clone(),
            channels: self
                .mounts
                .iter()
                .map(|mount| (mount.channel)(&mount.path, &self.limits))
                .collect(),
            close_codes: about.close_codes.clone(),
            handshake_errors,
            error_codes: ErrorCode::ALL.to_vec(),
            limits: LimitsSpec {
                max_message_bytes: self.limits.message_bytes,
                max_frame_bytes: self.limits.frame_bytes,
                frames_per_second: self.limits.frames_per_second,
                burst: self.limits.burst,
                max_concurrent: self.limits.beside,
                outbox_messages: self.limits.outbox_messages,
                outbox_bytes: self.limits.outbox_bytes,
                outbox_policy: self.limits.outbox_policy.name(),
                write_timeout_ms: self.limits.write_timeout.map(millis),
                idle_timeout_ms: self.limits.idle_timeout.map(millis),
                max_connections_per_user: self.limits.connections_per_user,
                handshake_timeout_ms: millis(self.limits.handshake),
                ping_interval_ms: self.limits.ping_interval.map(millis),
                pong_timeout_ms: millis(self.limits.pong_timeout),
            },
        }
    }
}

pub(super) fn channel<C: Consumer>(path: &str, limits: &Limits) -> ChannelSpec {
    let described = C::describe();
    // Whether there will be other nodes is not known where the document is made.
    let has_gaps = limits.outbox_policy.leaves_gaps() || described.takes_events();
    let Description {
        summary,
        description,
        mut receives,
        mut pushes,
        path: path_schema,
        query,
        ..
    } = described;
    if C::AUTHENTICATION {
        pushes.push(pushed::<C, Authentication>());
    }
    if has_gaps {
        pushes.push(pushed::<C, Gap>());
    }
    if <C::Auth as Authenticator<C::State>>::REFRESHES {
        receives.push(ReceiveSpec {
            name: Refresh::DOC.tag,
            summary: Refresh::DOC.summary,
            description: None,
            messages: System::<C::Tag, Refresh>::describe(),
            replies: System::<C::Tag, Authentication>::describe(),
            error_codes: Vec::new(),
            has_other_codes: false,
            repetition: Repetition::Once,
            triggers: Vec::new(),
            tags: Vec::new(),
            deprecated: false,
        });
    }
    let security: Vec<SecuritySpec> = <C::Auth as Authenticator<C::State>>::security();
    ChannelSpec {
        address: path.to_owned(),
        consumer: C::NAME,
        summary,
        description,
        form: <C::Tag as TagKey>::FORM.into(),
        path: path_schema,
        query,
        security,
        receives,
        pushes,
        completions: C::COMPLETIONS,
    }
}

/// A message of the framework's own that is sent unasked.
fn pushed<C: Consumer, B: SystemBody>() -> PushSpec {
    PushSpec {
        name: B::DOC.tag.to_owned(),
        summary: B::DOC.summary,
        description: None,
        messages: System::<C::Tag, B>::describe(),
        tags: Vec::new(),
        deprecated: false,
    }
}
