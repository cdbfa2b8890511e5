//! An OpenID Connect provider in this process, which says of people whatever a test wants, by the
//! test's clock. `tests/it/oidc.rs` meets one that others have made.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet,
    CoreJwsSigningAlgorithm,
};
use openidconnect::{JsonWebKeyId, PkceCodeChallenge, PkceCodeVerifier, PrivateSigningKey as _};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// As whom Aisle is known to it.
pub(crate) const CLIENT: (&str, &str) = ("aisle", "hunter2");

/// A provider. Clones are the same.
#[derive(Clone)]
pub(crate) struct FakeProvider {
    pub(crate) url: String,
    said: Arc<Mutex<Said>>,
}

#[derive(Default)]
struct Said {
    /// Of whom it speaks by which code.
    people: HashMap<String, Person>,
    /// What it says if it is asked about them.
    info: Value,
    /// Which of its keys it signs with.
    key: u8,
    /// Which of them it tells of.
    told: u8,
    away: bool,
    /// How often it was asked about itself.
    asked: u32,
}

struct Person {
    claims: Value,
    challenge: String,
}

impl FakeProvider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self { url, said: Arc::default() };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(about))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/info", get(info))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    /// Whoever comes with this code is what these claims say. The challenge is that of the code.
    pub(crate) fn knows(&self, code: &str, claims: Value, challenge: &str) {
        let person = Person { claims, challenge: challenge.to_owned() };
        self.said.lock().people.insert(code.to_owned(), person);
    }

    /// What it says if it is asked about somebody.
    pub(crate) fn informs(&self, info: Value) {
        self.said.lock().info = info;
    }

    /// Signs with another key from now on, and tells of it.
    pub(crate) fn rotates(&self) {
        let said = &mut *self.said.lock();
        said.key += 1;
        said.told = said.key;
    }

    /// Signs with a key that nobody else knows of.
    pub(crate) fn forges(&self) {
        self.said.lock().key += 1;
    }

    pub(crate) fn is_away(&self, away: bool) {
        self.said.lock().away = away;
    }

    /// How often it was asked about itself.
    pub(crate) fn asked(&self) -> u32 {
        self.said.lock().asked
    }
}

/// A key of this number: PKCS 8 (RFC 8410) of 32 equal bytes.
fn key(number: u8) -> CoreEdDsaPrivateSigningKey {
    use base64::Engine as _;
    let head = hex::decode("302e020100300506032b657004220420").unwrap();
    let der = [head, vec![number + 1; 32]].concat();
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    let id = JsonWebKeyId::new(format!("key-{number}"));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(id)).unwrap()
}

async fn about(State(provider): State<FakeProvider>) -> (StatusCode, Json<Value>) {
    let said = &mut *provider.said.lock();
    said.asked += 1;
    let url = &provider.url;
    let document = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/info"),
        "jwks_uri": format!("{url}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    });
    let status = if said.away { StatusCode::BAD_GATEWAY } else { StatusCode::OK };
    (status, Json(document))
}

async fn keys(State(provider): State<FakeProvider>) -> Json<CoreJsonWebKeySet> {
    let key = key(provider.said.lock().told).as_verification_key();
    Json(CoreJsonWebKeySet::new(vec![key]))
}

async fn token(
    State(provider): State<FakeProvider>,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let said = &mut *provider.said.lock();
    let refused = || (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"})));
    // A code is good once.
    let Some(person) = said.people.remove(&form["code"]) else { return refused() };
    let verifier = PkceCodeVerifier::new(form["code_verifier"].clone());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    let known = (form["client_id"].as_str(), form["client_secret"].as_str()) == CLIENT;
    if !known || challenge.as_str() != person.challenge {
        return refused();
    }
    let claims: CoreIdTokenClaims = serde_json::from_value(person.claims).unwrap();
    let token =
        CoreIdToken::new(claims, &key(said.key), CoreJwsSigningAlgorithm::EdDsa, None, None);
    let tokens = json!({"access_token": "a", "token_type": "Bearer", "id_token": token.unwrap()});
    (StatusCode::OK, Json(tokens))
}

async fn info(State(provider): State<FakeProvider>, headers: HeaderMap) -> Json<Value> {
    assert_eq!(headers["authorization"], "Bearer a");
    Json(provider.said.lock().info.clone())
}
