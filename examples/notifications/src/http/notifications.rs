//! Storing, listing and reading notifications.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use notifications_contract::{Notification, Store};
use serde::{Deserialize, Serialize};

use super::AppState;
use super::body::{Answer, Fields};
use super::error::HttpError;
use super::identity::{SignedIn, Visitor};
use crate::input;
use crate::live::to_the_end;
use crate::store::Draft;

const LONGEST_PAGE: u32 = 100;
const USUAL_PAGE: u32 = 20;

/// What to notify of. All of it may be missing.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fire {
    title: Option<String>,
    body: Option<String>,
    url: Option<String>,
    category: Option<String>,
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
        let to = given(&self.to).map_or(Ok(sender.to_owned()), |to| input::line("to", &to, 64))?;
        let title = input::line(
            "title",
            given(&self.title).as_deref().unwrap_or("Test notification"),
            200,
        )?;
        let body = match &self.body {
            Some(body) => input::lines("body", body, 4000)?,
            None => format!("Fired by {sender}."),
        };
        let url = given(&self.url).map(|url| input::link(&url)).transpose()?;
        let category = input::line(
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

/// Which notifications to list. A `limit` above 100 lists 100.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    limit: Option<u32>,
    before: Option<i64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Listed {
    unread_count: i64,
    notifications: Vec<Notification>,
}

/// Lists the user's notifications, newest first.
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

#[derive(Debug, Serialize)]
pub(super) struct Counted {
    unread_count: i64,
}

/// Marks one notification as read.
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
