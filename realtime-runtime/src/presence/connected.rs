//! What presence takes for a connection.

use std::sync::Arc;

use crate::{
    connection::Link,
    consumer::Consumer,
    context::{Connect, Context, OwnedContext},
};

/// What stands for a connection of the consumer `C`: [`Connect`], [`Context`], [`OwnedContext`]. Sealed.
pub trait Connected<C: Consumer>: sealed::Sealed {
    #[doc(hidden)]
    fn tie(&self) -> Tie<'_>;
}

/// A connection, to this crate alone.
#[doc(hidden)]
#[derive(Debug)]
pub struct Tie<'a>(pub(super) &'a Arc<Link>);

macro_rules! connected {
    ($($context:ty),*) => {$(
        impl<C: Consumer> sealed::Sealed for $context {}

        impl<C: Consumer> Connected<C> for $context {
            fn tie(&self) -> Tie<'_> {
                Tie(self.session_link())
            }
        }
    )*};
}

connected!(Connect<'_, C>, Context<'_, C>, OwnedContext<C>);

mod sealed {
    pub trait Sealed {}
}
