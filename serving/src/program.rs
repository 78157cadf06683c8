//! The `serve` program: options, start, drain.

use std::future::Future;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::load::{LoadError, load};
use crate::log::{self, LogFormat};
use crate::router::router;
use crate::service::Service;
use crate::settings::{PublicUrl, Settings};

/// How long requests that are under way may take to finish after a stop signal.
const DRAIN: Duration = Duration::from_secs(10);

/// Publishes the area scores of a bundle over HTTP, once the bundle is verified and its model self-tested.
#[derive(Debug, Parser)]
#[command(name = "serve", version)]
pub struct Options {
    /// The bundle: a folder that `train run` wrote.
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// Microsoft's ONNX Runtime library (libonnxruntime.so) to run the model with; the built-in runtime
    /// otherwise. ORT_DYLIB_PATH does the same.
    #[arg(long, value_name = "PATH")]
    onnxruntime: Option<PathBuf>,
    /// The address under which readers reach this service, for links. Without it links start with the address of
    /// --bind on the own machine, and are relative elsewhere.
    #[arg(long, value_name = "URL")]
    public_url: Option<PublicUrl>,
    /// Origin of web pages that may read answers, such as `https://kaart.example.nl`, or `*` for every page; may be
    /// given more than once.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// How log lines are written, on standard error.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    log: LogFormat,
}

/// Why the program stops with exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The bundle is not served.
    #[error("{}: {cause}", .bundle.display())]
    Load {
        /// The bundle's folder.
        bundle: PathBuf,
        /// Why.
        #[source]
        cause: LoadError,
    },
    /// Nothing can be listened on.
    #[error("cannot listen on {address}: {cause}\n  Choose another address or port with --bind.")]
    Bind {
        /// The address of `--bind`.
        address: SocketAddr,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// The system refuses something else that is needed.
    #[error("cannot go on: {0}")]
    System(#[from] io::Error),
}

/// Runs the program until a stop signal.
///
/// # Errors
/// When it cannot start, or the system fails it.
pub fn run(options: Options) -> Result<(), ServeError> {
    log::start(options.log);
    let onnxruntime = options.onnxruntime.or_else(|| std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
    let settings = Settings {
        public_url: options.public_url.or_else(|| own_address(options.bind)),
        onnxruntime,
        allowed_origins: options.allow_origin,
        ..Settings::default()
    };
    let service = load(&options.bundle, &settings)
        .map_err(|cause| ServeError::Load { bundle: options.bundle.clone(), cause })?;
    let (model, as_of, until) = service.model_and_period();
    tracing::info!(areas = service.areas(), model, as_of, until, "bundle verified and self-tested");
    if let Some(warning) = service.warning() {
        tracing::warn!("{} / {}", warning.nl, warning.en);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(listen(service, options.bind));
    // An answer that is still being computed when the time to drain is over is not waited for.
    runtime.shutdown_background();
    ended
}

async fn listen(service: Service, address: SocketAddr) -> Result<(), ServeError> {
    // Before the address is announced, so that a signal sent right after it is not lost.
    let stop = stop_signal()?;
    let listener = TcpListener::bind(address).await.map_err(|cause| ServeError::Bind { address, cause })?;
    let address = listener.local_addr()?;
    announce(&format!("listening on http://{address}"))?;
    answer(listener, service, stop).await?;
    Ok(())
}

/// Answers on a listener until `stop` ends; then takes no new requests and finishes those under way,
/// for at most ten seconds.
///
/// # Errors
/// When the system fails the listener.
pub async fn answer(
    listener: TcpListener,
    service: Service,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, stopped) = oneshot::channel();
    let stop = async move {
        stop.await;
        tracing::info!("stopping: finishing what is under way");
        // The other side only goes away when the server has ended.
        let _ = stopping.send(());
    };
    let server = axum::serve(listener, router(service)).with_graceful_shutdown(stop);
    let too_long = async {
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = server => ended,
        () = too_long => {
            tracing::warn!(seconds = DRAIN.as_secs(), "requests were cut off: they took too long to finish");
            Ok(())
        }
    }
}

/// On the own machine the address is known without configuration; map programs ask for whole links.
fn own_address(bind: SocketAddr) -> Option<PublicUrl> {
    let known = bind.ip().is_loopback() && bind.port() != 0;
    known.then(|| format!("http://{bind}").parse().ok()).flatten()
}

/// Ends at SIGTERM or Ctrl-C.
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn announce(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
