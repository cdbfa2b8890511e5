//! Requests to the provider: HTTP/1.1, with a limit of time and of size for each.
//!
//! It follows no redirection, so that a provider cannot send this server anywhere else, and knows
//! nothing of what is asked.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// How long an answer may take. At the most four are waited for while somebody signs in, and a
/// request to this server may take 30 seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest answer, in bytes. Sets of keys have some 5,000.
const MAX_BYTES: usize = 256 * 1024;

/// Which requests are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schemes {
    /// Those that nobody on the way reads.
    HttpsOnly,
    /// All: the provider is on this very machine.
    HttpToo,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("there was no answer within {} s", PATIENCE.as_secs())]
    TooSlow,
    #[error("the request failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// Asks the provider.
#[derive(Debug)]
pub(super) struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Http {
    /// Believes the certificates that the system believes (`SSL_CERT_FILE` names others); where it
    /// has none, those of Mozilla's list.
    pub(super) fn new(schemes: Schemes) -> Self {
        let builder = || HttpsConnectorBuilder::new();
        let system: io::Result<_> = builder().with_native_roots();
        let believed = system.unwrap_or_else(|_| builder().with_webpki_roots());
        let connector = match schemes {
            Schemes::HttpsOnly => believed.https_only(),
            Schemes::HttpToo => believed.https_or_http(),
        };
        Self(Client::builder(TokioExecutor::new()).build(connector.enable_http1().build()))
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let answer = self.0.request(request).await.map_err(|error| failed(Box::new(error)))?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MAX_BYTES).collect().await.map_err(failed)?;
        Ok(HttpResponse::from_parts(head, body.to_bytes().to_vec()))
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = tokio::time::timeout(PATIENCE, self.ask(request)).await;
            answer.unwrap_or(Err(HttpError::TooSlow))
        })
    }
}

fn failed(error: Box<dyn Error + Send + Sync>) -> HttpError {
    HttpError::Failed(error)
}
