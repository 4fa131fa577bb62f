//! Storing, listing and reading notifications.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use example_shared::input::line;
use example_shared::web::refusals::{BodyErrors, Failures, Foreign, SignedOut};
use example_shared::web::{Answer, Fields, HttpError, SignedIn, Visitor, to_the_end};
use http::StatusCode;
use notifications_contract::{Notification, Store};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{AppState, openapi};
use crate::input;
use crate::store::Draft;

const LONGEST_PAGE: u32 = 100;
const USUAL_PAGE: u32 = 20;

/// What to notify of. All of it may be missing.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({"title": "Your order is on its way", "url": "/orders/7", "category": "order"}))]
pub(super) struct Fire {
    /// One line; `Test notification` without it.
    #[schema(max_length = 200)]
    title: Option<String>,
    /// Any number of lines.
    #[schema(max_length = 4000)]
    body: Option<String>,
    /// An `http` or `https` address, or a path on this server.
    #[schema(max_length = 2000)]
    url: Option<String>,
    /// A word to sort by; `test` without it.
    #[schema(max_length = 50)]
    category: Option<String>,
    /// The name of the user to notify; the sender without it.
    #[schema(max_length = 64)]
    to: Option<String>,
}

impl Fire {
    /// A form sends an empty field where a program leaves it out.
    fn into_draft(self, sender: &str) -> Result<(String, Draft), HttpError> {
        let given = |field: &Option<String>| {
            field
                .as_ref()
                .filter(|value| !value.trim().is_empty())
                .cloned()
        };
        let to = given(&self.to).map_or(Ok(sender.to_owned()), |to| line("to", &to, 64))?;
        let title = line(
            "title",
            given(&self.title).as_deref().unwrap_or("Test notification"),
            200,
        )?;
        let body = match &self.body {
            Some(body) => input::lines("body", body, 4000)?,
            None => format!("Fired by {sender}."),
        };
        let url = given(&self.url).map(|url| input::link(&url)).transpose()?;
        let category = line(
            "category",
            given(&self.category).as_deref().unwrap_or("test"),
            50,
        )?;
        Ok((
            to,
            Draft {
                title,
                body,
                url,
                category,
            },
        ))
    }
}

/// Stores a notification and pushes it to its user's sockets.
///
/// What is sent as JSON is answered with JSON, and so is an empty request that accepts JSON.
/// A form is answered with a page to go to.
#[utoipa::path(
    post,
    path = "/realtime/fire/",
    tag = "notifications",
    security(("session" = [])),
    request_body(content(
        (ref("#/components/schemas/Fire") = "application/json"),
        (ref("#/components/schemas/Fire") = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "It was stored.", body = openapi::Notification),
        (status = 303, description = "The form was stored, or nobody is signed in.", headers(
            ("Location" = String, description = "The page `/realtime/`, or `/login`."),
        )),
        (status = 404, description = "There is no such user.", body = HttpError,
            example = json!({"code": "not_found", "detail": "There is no such user."})),
        BodyErrors, SignedOut, Foreign, Failures,
    ),
)]
pub(super) async fn fire(
    State(state): State<AppState>,
    Visitor(session): Visitor,
    request: Request,
) -> Result<Response, HttpError> {
    let Some(session) = session else {
        return match Answer::to(request.headers()) {
            Answer::Redirect => Ok(Redirect::to("/login").into_response()),
            Answer::Json => Err(HttpError::unauthenticated()),
        };
    };
    let Fields { values, answer }: Fields<Fire> = Fields::from_request(request, &()).await?;
    let (to, draft) = values.into_draft(&session.username)?;
    let stored = to_the_end(async move {
        let stored = state.store.add(&to, &draft).await?;
        if let Some(stored) = &stored {
            state.live.notified(stored).await;
        }
        Ok::<_, HttpError>(stored)
    })
    .await??;
    let stored = stored.ok_or_else(|| HttpError::not_found("There is no such user."))?;
    Ok(match answer {
        Answer::Redirect => Redirect::to("/realtime/").into_response(),
        Answer::Json => (StatusCode::CREATED, Json(stored.notification)).into_response(),
    })
}

/// Which notifications to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// How many, 20 without it; more than 100 are 100.
    #[param(minimum = 1, example = 20)]
    limit: Option<u32>,
    /// Only those with an id below this.
    before: Option<i64>,
}

/// Some of a user's notifications.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Listed {
    /// How many are unread, of all there are.
    unread_count: i64,
    /// Newest first.
    #[schema(value_type = Vec<openapi::Notification>)]
    notifications: Vec<Notification>,
}

/// Lists the user's notifications, newest first.
#[utoipa::path(
    get,
    path = "/notifications",
    tag = "notifications",
    security(("session" = [])),
    params(Page),
    responses(
        (status = 200, description = "A page of them.", body = Listed),
        (status = 422, description = "A number is no number, or `limit` is 0.", body = HttpError,
            example = json!({
                "code": "invalid_field",
                "detail": "limit: must be at least 1",
                "fields": [{"path": "limit", "message": "must be at least 1"}],
            })),
        SignedOut, Failures,
    ),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Listed>, HttpError> {
    let Query(Page { limit, before }) = page.map_err(|_| {
        HttpError::invalid(
            "query",
            "limit and before must be whole numbers, limit not negative",
        )
    })?;
    let limit = limit.unwrap_or(USUAL_PAGE);
    if limit == 0 {
        return Err(HttpError::invalid("limit", "must be at least 1"));
    }
    let snapshot = state
        .store
        .snapshot(session.user_id, limit.min(LONGEST_PAGE), before)
        .await?;
    Ok(Json(Listed {
        unread_count: snapshot.unread.count,
        notifications: snapshot.notifications,
    }))
}

/// How many notifications are unread.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"unread_count": 4}))]
pub(super) struct Counted {
    /// So many, of all there are.
    unread_count: i64,
}

/// Marks one notification as read, and tells the user's sockets.
#[utoipa::path(
    post,
    path = "/notifications/{id}/read",
    tag = "notifications",
    security(("session" = [])),
    params(("id" = i64, Path, description = "Which one.", example = 7)),
    responses(
        (status = 200, description = "It is read, and may have been before.", body = Counted),
        (status = 404, description = "The user has no such notification.", body = HttpError,
            example = json!({"code": "not_found", "detail": "You have no such notification."})),
        SignedOut, Foreign, Failures,
    ),
)]
pub(super) async fn mark_read(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<Counted>, HttpError> {
    let unknown = || HttpError::not_found("You have no such notification.");
    let Path(id) = id.map_err(|_| unknown())?;
    let unread = to_the_end(async move {
        let unread = state.store.mark_read(session.user_id, id).await?;
        if let Some(unread) = unread {
            state.live.counted(session.user_id, unread).await;
        }
        Ok::<_, HttpError>(unread)
    })
    .await??;
    let unread = unread.ok_or_else(unknown)?;
    Ok(Json(Counted {
        unread_count: unread.count,
    }))
}
