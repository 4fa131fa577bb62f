//! What every context shows of its connection, written once.

/// Methods of a type with a field `session`.
macro_rules! accessors {
    () => {
        /// Who the client is.
        pub fn identity(&self) -> &$crate::context::Identity<C> {
            &self.session.identity
        }

        /// What the consumer's permissions loaded when the client connected.
        pub fn granted(&self) -> &$crate::context::Granted<C> {
            &self.session.granted
        }

        /// The application's state.
        pub fn state(&self) -> &C::State {
            &self.session.state
        }

        /// The channel layer, to keep and to use elsewhere.
        pub fn layer(&self) -> &$crate::layer::ChannelLayer {
            &self.session.layer
        }

        /// The number of this connection.
        pub fn connection_id(&self) -> $crate::connection::ConnectionId {
            self.session.link.id()
        }

        /// This connection's address: events can be sent to it from anywhere.
        pub fn address(&self) -> $crate::layer::Address<C> {
            $crate::layer::Address::new(&self.session.layer, self.session.link.id())
        }

        /// Who is present in groups, with metadata `M` for each connection.
        pub fn presence<M: $crate::presence::Metadata>(&self) -> $crate::presence::Presence<M> {
            self.session.layer.presence()
        }

        pub(crate) fn session_link(&self) -> &std::sync::Arc<$crate::connection::Link> {
            &self.session.link
        }

        /// Publishes as this connection, but not to it.
        pub fn exclude_self(&self) -> $crate::layer::ExcludeSelf {
            $crate::layer::ExcludeSelf::new(self.session.layer.clone(), self.session.link.id())
        }
    };
}

pub(super) use accessors;
