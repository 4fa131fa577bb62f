//! What the program answers is what the OpenAPI document says that it answers.

use std::collections::BTreeSet;

use http::{Request, header};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::client::{Answer, Client, FORM, JSON, app};
use crate::openapi::{document, metrics, operations};

/// What cannot be brought about from outside.
const UNSEEN: &str = "500";

/// The document, and which of its responses were seen.
struct Described {
    document: Value,
    seen: BTreeSet<(String, String, String)>,
}

impl Described {
    fn new() -> Self {
        Self {
            document: document(),
            seen: BTreeSet::new(),
        }
    }

    /// A schema, where it refers to what the document has.
    fn validator(&self, schema: &Value) -> Validator {
        let mut schema = schema.clone();
        schema["components"] = self.document["components"].clone();
        jsonschema::validator_for(&schema).unwrap()
    }

    /// Takes note of an answer; fails where the document says something else.
    fn answered(&mut self, method: &str, path: &str, answer: &Answer) {
        let status = answer.status.as_str().to_owned();
        let place = format!("{method} {path} {status}");
        let response = &self.document["paths"][path][method.to_lowercase()]["responses"][&status];
        assert!(response.is_object(), "{place} is not described");
        let empty = serde_json::Map::new();
        for name in response["headers"].as_object().unwrap_or(&empty).keys() {
            assert!(answer.head.headers().contains_key(name), "{place}: {name}");
        }
        match response["content"].as_object() {
            None => assert_eq!(answer.text, "", "{place}"),
            Some(content) => {
                let sent = answer.header(header::CONTENT_TYPE).unwrap();
                let sent = sent.split(';').next().unwrap();
                let body = content.get(sent);
                let schema = &body.unwrap_or_else(|| panic!("{place}: {sent}"))["schema"];
                let value = if sent == JSON {
                    answer.json()
                } else {
                    json!(answer.text)
                };
                let errors: Vec<String> = self
                    .validator(schema)
                    .iter_errors(&value)
                    .map(|error| error.to_string())
                    .collect();
                assert!(errors.is_empty(), "{place}: {errors:#?}\n{value}");
            }
        }
        let (method, path) = (method.to_owned(), path.to_owned());
        self.seen.insert((method, path, status));
    }

    async fn get(&mut self, client: &mut Client, path: &str, query: &str) {
        let answer = client.get(&format!("{path}{query}")).await;
        self.answered("GET", path, &answer);
    }

    /// Posts, to this address, what is described at that path.
    async fn post(&mut self, client: &mut Client, to: [&str; 2], kind: &str, body: &str) -> Answer {
        let [address, path] = to;
        let answer = client.post(address, kind, body).await;
        self.answered("POST", path, &answer);
        answer
    }

    /// Sends what no operation with a body takes, and from where nobody may.
    async fn misuse(&mut self, client: &mut Client, path: &str) {
        for (kind, body) in [
            (JSON, "{"),
            (JSON, &format!("\"{}\"", "x".repeat(70_000))),
            ("text/plain", "x"),
            (JSON, r#"{"username": 7, "title": 7}"#),
        ] {
            self.post(client, [path, path], kind, body).await;
        }
        self.foreign(client, [path, path]).await;
    }

    async fn foreign(&mut self, client: &mut Client, [address, path]: [&str; 2]) {
        let request = Request::post(address).header(header::ORIGIN, "https://evil.example");
        let answer = client.send(request, "").await;
        self.answered("POST", path, &answer);
    }

    /// The responses that are described and were not seen.
    fn unseen(&self) -> Vec<String> {
        let mut unseen = Vec::new();
        for (method, path) in operations(&self.document) {
            let operation = &self.document["paths"][&path][method.to_lowercase()];
            for status in operation["responses"].as_object().unwrap().keys() {
                let response = (method.clone(), path.clone(), status.clone());
                if status != UNSEEN && !self.seen.contains(&response) {
                    unseen.push(format!("{method} {path} {status}"));
                }
            }
        }
        unseen
    }
}

#[tokio::test]
async fn the_program_answers_as_described_and_every_answer_is_seen() {
    const FIRE: [&str; 2] = ["/realtime/fire/"; 2];
    const READ: &str = "/notifications/{id}/read";
    let mut described = Described::new();
    let mut app = app().await;
    app.router = app.router.merge(metrics());
    let mut ann = Client::new(&app);

    described.post(&mut ann, FIRE, JSON, "{}").await;
    described.post(&mut ann, FIRE, FORM, "").await;
    described.get(&mut ann, "/notifications", "").await;
    described
        .post(&mut ann, ["/notifications/1/read", READ], JSON, "")
        .await;

    described.misuse(&mut ann, "/login").await;
    let login = ["/login"; 2];
    described.post(&mut ann, login, FORM, "username=ann").await;
    described
        .post(&mut ann, login, JSON, r#"{"username": "ann"}"#)
        .await;

    described.misuse(&mut ann, FIRE[0]).await;
    described.post(&mut ann, FIRE, FORM, "title=T").await;
    described
        .post(&mut ann, FIRE, JSON, r#"{"to": "nobody"}"#)
        .await;
    let example = &described.document["components"]["schemas"]["Fire"]["example"];
    let example = example.to_string();
    let fired = described.post(&mut ann, FIRE, JSON, &example).await.json();

    let read = format!("/notifications/{}/read", fired["id"]);
    described.post(&mut ann, [&read, READ], JSON, "").await;
    described
        .post(&mut ann, ["/notifications/0/read", READ], JSON, "")
        .await;
    described.foreign(&mut ann, [&read, READ]).await;
    described.get(&mut ann, "/notifications", "?limit=1").await;
    described.get(&mut ann, "/notifications", "?limit=0").await;

    for path in [
        "/asyncapi.json",
        "/openapi.json",
        "/metrics",
        "/health/live",
    ] {
        described.get(&mut ann, path, "").await;
    }
    described.get(&mut ann, "/health/ready", "").await;
    described.foreign(&mut ann, ["/logout"; 2]).await;
    described.post(&mut ann, ["/logout"; 2], FORM, "").await;

    // From now on the program takes nobody in.
    app.realtime.drained_after(std::future::ready(())).await;
    described.get(&mut ann, "/health/ready", "").await;

    assert_eq!(described.unseen(), [""; 0]);
}

#[test]
fn every_example_of_the_document_fits_its_schema() {
    let described = Described::new();
    let mut examples = 0;
    let mut fits = |place: &str, schema: &Value, example: &Value| {
        let validator = described.validator(schema);
        assert!(validator.is_valid(example), "{place}: {example}");
        examples += 1;
    };
    let schemas = described.document["components"]["schemas"].as_object();
    for (name, schema) in schemas.unwrap() {
        if let Some(example) = schema.get("example") {
            fits(name, schema, example);
        }
    }
    for (method, path) in operations(&described.document) {
        let operation = &described.document["paths"][&path][method.to_lowercase()];
        for (status, response) in operation["responses"].as_object().unwrap() {
            for content in response["content"].as_object().into_iter().flatten() {
                if let Some(example) = content.1.get("example") {
                    fits(
                        &format!("{method} {path} {status}"),
                        &content.1["schema"],
                        example,
                    );
                }
            }
        }
    }
    assert!(examples >= 20, "where are the examples?");
}
