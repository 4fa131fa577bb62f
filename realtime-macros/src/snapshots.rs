//! What the macros write down, formatted.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{client_error, consumer, marker::Marker, message};

fn formatted(tokens: impl Into<TokenStream>) -> String {
    let tokens = tokens.into();
    match syn::parse2(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => format!("{error}\n{tokens}"),
    }
}

fn expanded(arguments: TokenStream, item: &TokenStream) -> String {
    formatted(consumer::attribute(arguments, item, None))
}

fn room() -> TokenStream {
    quote! {
        /// A chat room.
        impl RoomConsumer {
            #[on_connect]
            async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                let room = Group::new(["room", &cx.path().room]);
                cx.join(&room).await?;
                Ok(Self { user: cx.identity().clone(), room })
            }

            /// Say something to everyone in the room.
            #[ws_handler]
            async fn chat(&mut self, message: Chat, cx: &mut Context<'_, Self>) -> Result<(), ChatError> {
                self.room.send(cx, Said { text: message.text }).await?;
                Ok(())
            }

            #[ws_handler]
            async fn ping(&mut self, _: Ping) -> Pong {
                Pong
            }

            /// No `self`: runs once per event.
            #[event_handler]
            async fn said(event: &Said) -> ChatMessage {
                event.into()
            }
        }
    }
}

#[test]
fn consumer_of_the_readme() {
    let arguments = quote!(name = "room", auth = SessionAuth, path = RoomPath);
    let expanded = expanded(arguments, &room());
    let lines = expanded.lines().count();
    assert!(lines <= 150, "{lines} lines");
    insta::assert_snapshot!(expanded);
}

#[test]
fn consumer_with_everything() {
    let arguments = quote! {
        name = "hall", tag = "type", state = AppState, auth = SessionAuth, permissions(Member, Admin),
        path = HallPath, query = HallQuery, output(Initial), authentication, completions
    };
    let block = quote! {
        impl Hall {
            #[on_connect]
            async fn connect(
                cx: &mut Connect<'_, Self>,
                HeaderMap(headers): HeaderMap,
                query: Query<Search>,
            ) -> Result<Self, Reject> {
                todo!()
            }

            #[ws_handler(output(Progress))]
            #[cfg(feature = "search")]
            async fn search(&self, search: Search, cx: &mut Context<'_, Self>) -> Option<Found> {
                None
            }

            #[event_handler]
            async fn r#move(&mut self, event: &Move, cx: &mut Context<'_, Self>) {}

            #[on_disconnect]
            async fn gone(&mut self, cx: &mut Context<'_, Self>) {}

            const LIMIT: usize = 5;
        }
    };
    insta::assert_snapshot!(expanded(arguments, &block));
}

#[test]
fn generic_consumer() {
    let block = quote! {
        impl<S: Store, const N: usize> Room<S, N>
        where
            S::Key: Ord,
        {
            #[on_connect]
            async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self::new())
            }

            #[event_handler]
            async fn changed(event: &Changed) -> Changed {
                event.clone()
            }
        }
    };
    insta::assert_snapshot!(expanded(quote!(name = "room", state = S), &block));
}

#[test]
fn consumer_of_lists_streams_and_spawned_handlers() {
    let block = quote! {
        impl Archive {
            #[on_connect]
            async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }

            #[ws_handler(permission = Reader, summary = "Lists everything.", tags("reading"))]
            async fn list(&mut self, _: List, shelf: Shelf) -> Vec<Entry> {
                shelf.entries()
            }

            #[deprecated]
            #[ws_handler]
            async fn watch(&mut self, watch: Watch) -> Result<impl Stream<Item = Entry> + use<>, Error> {
                todo!()
            }

            #[ws_handler(spawn, hidden, output(Progress))]
            async fn search(search: Search, cx: OwnedContext<Self>) -> Option<Found> {
                None
            }

            #[ws_handler(spawn)]
            async fn search_all(search: SearchAll) -> impl Stream<Item = Found> {
                todo!()
            }
        }
    };
    insta::assert_snapshot!(expanded(TokenStream::new(), &block));
}

#[test]
fn consumer_of_shared_handlers() {
    let arguments = quote! {
        groups("everybody", ["room", &cx.path().room]), forward(Moved, Renamed),
        ws_handlers(shared::ping), event_handlers(noticed)
    };
    let block = quote! {
        impl Room {
            #[on_connect]
            async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }

            #[cfg(feature = "titles")]
            #[event_handler]
            async fn renamed(event: &Renamed) -> Title {
                Title
            }
        }
    };
    insta::assert_snapshot!(expanded(arguments, &block));
}

fn marked(marker: Marker, arguments: TokenStream, item: &TokenStream) -> String {
    formatted(crate::marker::attribute(marker, arguments, item))
}

#[test]
fn shared_handler() {
    let item = quote! {
        /// Says who the client is.
        #[cfg(feature = "names")]
        pub(crate) async fn who_am_i<C: Consumer + Named>(
            consumer: &mut C,
            _: WhoAmI,
            cx: &mut Context<'_, C>,
        ) -> YouAre {
            consumer.name()
        }
    };
    let arguments = quote!(shared, tag = "type");
    insta::assert_snapshot!(marked(Marker::WsHandler, arguments, &item));
}

#[test]
fn shared_event_handler() {
    let item = quote! {
        pub async fn noticed(event: &Notice) -> Notice {
            event.clone()
        }
    };
    insta::assert_snapshot!(marked(Marker::EventHandler, quote!(shared), &item));
}

#[test]
fn shared_handler_with_a_mistake() {
    let item = quote!(
        async fn ping(_: &Ping) {}
    );
    insta::assert_snapshot!(marked(Marker::WsHandler, quote!(shared), &item));
}

#[test]
fn markers_on_the_block() {
    let item = quote! {
        impl Echo {
            #[on_connect]
            async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }

            async fn ping(_: Ping) -> Pong {
                Pong
            }
        }
    };
    insta::assert_snapshot!(marked(Marker::WsHandler, quote!(name = "echo"), &item));
}

#[test]
fn consumer_with_a_mistake() {
    let block = quote! {
        impl Room {
            #[on_connect]
            async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }

            #[ws_handler]
            fn ping(_: Ping) -> Pong {
                Pong
            }
        }
    };
    insta::assert_snapshot!(expanded(quote!(state = AppState), &block));
}

#[test]
fn adjacent_message() {
    let item = quote! {
        /// Somebody says something.
        ///
        /// To everybody.
        pub struct Chat {
            pub text: String,
        }
    };
    insta::assert_snapshot!(formatted(message::attribute(
        quote!(action = "chat"),
        &item,
        true
    )));
}

#[test]
fn flat_message() {
    let item = quote! {
        #[derive(Eq, Clone)]
        #[serde(rename_all = "camelCase")]
        pub struct Initial {
            pub unread_count: u32,
            #[serde(flatten)]
            pub rest: Rest,
        }
    };
    let arguments = quote!(type = "initial", skip_derive(PartialEq));
    insta::assert_snapshot!(formatted(message::attribute(arguments, &item, true)));
}

#[test]
fn unit_message() {
    let arguments = quote!(action = "ping", crate = vendor::realtime);
    let item = quote!(
        #[deprecated]
        pub struct Ping;
    );
    insta::assert_snapshot!(formatted(message::attribute(arguments, &item, true)));
}

#[test]
fn message_with_a_mistake() {
    let item = quote!(
        pub struct Problem {
            text: String,
        }
    );
    insta::assert_snapshot!(formatted(message::attribute(
        quote!(type = "error"),
        &item,
        true
    )));
}

#[test]
fn enum_of_messages() {
    let item = quote! {
        #[serde(tag = "action", content = "payload", rename_all = "snake_case")]
        enum Edit {
            /// Puts something at its end.
            PushBack { item: String },
            #[serde(rename = "drop")]
            Remove(u32),
            #[deprecated]
            Clear,
        }
    };
    insta::assert_snapshot!(formatted(message::derive(item, true)));
}

#[test]
fn marker_out_of_place() {
    let item = quote!(
        async fn ping(_: Ping) {}
    );
    insta::assert_snapshot!(marked(Marker::WsHandler, TokenStream::new(), &item));
}

#[test]
fn client_error_of_every_kind() {
    let item = quote! {
        #[client_error(crate = vendor::realtime)]
        pub enum ChatError<E>
        where
            E: std::error::Error + Send + Sync + 'static,
        {
            #[error("muted")]
            #[client_error(detail = "You may not write here.")]
            Muted,
            #[client_error(code = "room_full", detail = "The room takes {max:>3} of {max} members.")]
            Full { max: usize, min: usize },
            #[client_error(detail = "{0:?} is away, for {{now}}.")]
            Away(String, #[source] E),
            #[client_error(internal)]
            Database(#[from] sqlx::Error),
            #[client_error(transparent)]
            Auth(AuthError),
            #[client_error(internal)]
            Bug,
        }
    };
    insta::assert_snapshot!(formatted(client_error::derive(item)));
}

#[test]
fn client_error_with_a_mistake() {
    let item = quote! {
        #[client_error(code = "not_found")]
        struct NotFound<T>(T);
    };
    insta::assert_snapshot!(formatted(client_error::derive(item)));
}

#[test]
fn message_with_rules() {
    let item = quote! {
        pub struct Chat {
            #[garde(length(min = 1, max = 2000))]
            pub text: String,
            #[garde(dive)]
            pub sent_files: Vec<Attachment>,
            #[garde(dive)]
            #[serde(flatten)]
            pub rest: Rest,
            pub loud: bool,
        }
    };
    let arguments = quote!(action = "chat", rename_all = "camelCase");
    insta::assert_snapshot!(formatted(message::attribute(arguments, &item, true)));
}

#[test]
fn message_with_rules_derived_by_hand() {
    let item = quote! {
        #[derive(garde::Validate)]
        #[garde(transparent)]
        #[garde(allow_unvalidated)]
        pub struct Tags(#[garde(inner(length(min = 1)))] Vec<String>);
    };
    let arguments = quote!(action = "tags");
    insta::assert_snapshot!(formatted(message::attribute(arguments, &item, true)));
}

#[test]
fn enum_of_messages_with_rules() {
    let item = quote! {
        #[serde(tag = "type", rename_all_fields = "camelCase")]
        enum Edit {
            PushBack {
                #[garde(ascii)]
                new_item: String,
            },
            #[serde(rename_all = "kebab-case")]
            Move { old_place: u32, to: u32 },
            Rename(#[garde(dive)] Name),
            Clear,
        }
    };
    insta::assert_snapshot!(formatted(message::derive(item, true)));
}

/// Without the feature rules would go unchecked, as schemars' derive takes the attribute for its own.
#[test]
fn rules_without_the_feature() {
    let item = quote! {
        pub struct Chat {
            pub loud: bool,
            #[garde(length(min = 1))]
            pub text: String,
            #[garde(ascii)]
            pub from: String,
        }
    };
    let expanded = formatted(message::attribute(quote!(action = "chat"), &item, false));
    insta::assert_snapshot!(expanded);
    let item = quote! {
        #[serde(tag = "type")]
        enum Edit {
            Push {
                #[garde(ascii)]
                item: String,
            },
        }
    };
    let expanded = formatted(message::derive(item, false));
    let mistakes = expanded.matches("compile_error!").count();
    assert_eq!(mistakes, 1, "{expanded}");
}

#[test]
fn message_with_examples() {
    let item = quote! {
        #[example(Chat { text: "hello".into() })]
        #[example("With a smile", Self { text: ":)".into() })]
        pub struct Chat {
            pub text: String,
        }
    };
    insta::assert_snapshot!(formatted(message::attribute(
        quote!(action = "chat"),
        &item,
        true
    )));
}
