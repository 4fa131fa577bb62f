//! Consumers of five, twenty and sixty handlers, whose messages differ in nothing but their tags.

use realtime_runtime::prelude::*;

use crate::messages::{Place, Sample, frame};

macro_rules! messages {
    ($($message:ident $name:ident $tag:tt)*) => {$(
        #[doc = concat!("`", $tag, "`")]
        #[message(action = $tag)]
        pub struct $message {
            #[allow(missing_docs)]
            pub text: String,
            #[allow(missing_docs)]
            pub seq: u64,
        }

        impl Sample for $message {
            fn sample(text: &str) -> Self {
                let (text, seq) = (text.to_owned(), 981_234);
                Self { text, seq }
            }
        }
    )*};
}

macro_rules! consumer_of {
    ($consumer:ident $key:tt $doc:tt $($message:ident $name:ident $tag:tt)*) => {
        #[doc = $doc]
        #[derive(Debug)]
        pub struct $consumer;

        #[consumer(name = $key)]
        impl $consumer {
            #[on_connect]
            async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }

            $(
                #[ws_handler]
                async fn $name(&mut self, _: $message) {}
            )*
        }

        impl Handlers for $consumer {
            fn frames(size: usize, place: Place) -> Vec<String> {
                vec![$(frame::<$message>($tag, size, place)),*]
            }
        }
    };
}

macro_rules! consumers {
    ({ $($five:tt)* } { $($twenty:tt)* } { $($sixty:tt)* }) => {
        messages! { $($five)* $($twenty)* $($sixty)* }
        consumer_of! { Five "five" "Five handlers." $($five)* }
        consumer_of! { Twenty "twenty" "Twenty handlers." $($five)* $($twenty)* }
        consumer_of! { Sixty "sixty" "Sixty handlers." $($five)* $($twenty)* $($sixty)* }
    };
}

/// A consumer and frames for it.
pub trait Handlers: Consumer {
    /// A frame of about `size` bytes for each handler.
    fn frames(size: usize, place: Place) -> Vec<String>;

    /// A frame of about `size` bytes that no handler takes.
    fn unknown(size: usize) -> String {
        frame::<Accept>("nobody_takes", size, Place::First)
    }
}

consumers! {
    {
        Accept accept "accept" Answer answer "answer" Archive archive "archive" Assign assign "assign"
        Attach attach "attach"
    }
    {
        Ban ban "ban" Block block "block" Cancel cancel "cancel" Close close "close" Comment comment "comment"
        Copy copy "copy" Create create "create" Decline decline "decline" Delay delay "delay" Fetch fetch "fetch"
        Filter filter "filter" Follow follow "follow" Forward forward "forward" Hide hide "hide" Kick kick "kick"
    }
    {
        Label label "label" Link link "link" List list "list" Lock lock "lock" Mark mark "mark" Merge merge "merge"
        Move move_to "move" Open open "open" Order order "order" Pause pause "pause" Play play "play"
        Present present "present" Promote promote "promote" Publish publish "publish" Quote quote "quote"
        Raise raise "raise" Record record "record" Release release "release" Remind remind "remind"
        Remove remove "remove" Reopen reopen "reopen" Repeat repeat "repeat" Reply reply "reply" Reset reset "reset"
        Resize resize "resize" Restore restore "restore" Save save "save" Seek seek "seek" Select select "select"
        Share share "share" Sort sort "sort" Star star "star" Start start "start" Stop stop "stop"
        Submit submit "submit" Subscribe subscribe "subscribe" Unlock unlock "unlock" Update update "update"
        Upload upload "upload" Watch watch "watch"
    }
}
