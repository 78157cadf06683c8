//! The `serve` program: options, start, drain.

use std::future::Future;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::access::{Door, Issuer, KeyFile, KeySetError, KeysError, Origin, Pseudonyms, Tier};
use crate::command::{Command, CommandError};
use crate::configuration::{AccessPart, Configuration, ConfigurationError, RoundingKeyError};
use crate::front::{Accounts, Front};
use crate::ledger::{Ledger, LedgerError};
use crate::log::{self, LogFormat};
use crate::releases::{NoRelease, Register, Releases, Source, Switch, watch};
use crate::settings::{PublicUrl, Settings};
use crate::{metrics, server};

/// Publishes the area scores of a bundle over HTTP, once the bundle is verified and its model self-tested.
#[derive(Debug, Parser)]
#[command(name = "serve", version, args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serving: Serving,
}

/// What to serve, and how.
#[derive(Debug, Args)]
struct Serving {
    /// The configuration file; what stands on the command line wins from it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The bundle: a folder that `train run` wrote.
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one. [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<SocketAddr>,
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
    /// The tier of everyone, where no keys or tokens are configured. [default: tactisch]
    #[arg(long, value_enum, value_name = "TIER")]
    open_tier: Option<Tier>,
    /// How log lines are written, on standard error.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    log: LogFormat,
}

/// Where to listen unless told otherwise: this machine only.
const BIND: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Why the program stops with exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is nothing to serve.
    #[error("name the bundle to serve: --bundle DIR, or `bundle` in the file of --config")]
    NoBundle,
    /// The configuration file is refused.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// A command fails.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The keys of an issuer cannot be used.
    #[error(transparent)]
    KeySet(#[from] KeySetError),
    /// The key of the rounding cannot be used.
    #[error(transparent)]
    RoundingKey(#[from] RoundingKeyError),
    /// The log cannot be kept.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Everyone on the network would see what planners see.
    #[error(
        "{address} can be reached from other machines, and everyone there would see what tier '{}' sees. Configure \
         [access] in the file of --config, or choose --open-tier publiek, or listen on 127.0.0.1",
        .tier.name()
    )]
    Open {
        /// The address to listen on.
        address: SocketAddr,
        /// What everyone would see.
        tier: Tier,
    },
    /// The bundle is not served.
    #[error("{}: {cause}", .bundle.display())]
    Load {
        /// The bundle's folder.
        bundle: PathBuf,
        /// Why.
        #[source]
        cause: Box<NoRelease>,
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
    match options.command {
        Some(command) => Ok(command.run(&mut io::stdout().lock())?),
        None => serve(options.serving),
    }
}

fn serve(options: Serving) -> Result<(), ServeError> {
    log::start(options.log);
    let file = options.config.as_deref().map(Configuration::read).transpose()?.unwrap_or_default();
    let (accounts, pseudonyms) = accounts(&file)?;
    let bundle = options.bundle.or_else(|| file.bundle.clone()).ok_or(ServeError::NoBundle)?;
    let address = options.bind.or(file.bind).unwrap_or(BIND);
    let onnxruntime = options.onnxruntime.or_else(|| file.onnxruntime.clone());
    let settings = Settings {
        public_url: options.public_url.or_else(|| file.public_url.clone()).or_else(|| own_address(address)),
        onnxruntime: onnxruntime.or_else(|| std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from)),
        allowed_origins: if options.allow_origin.is_empty() {
            file.allowed_origins.clone()
        } else {
            options.allow_origin
        },
        open_tier: options.open_tier.or(file.open_tier).unwrap_or(Settings::default().open_tier),
        disclosure: file.disclosure.rules()?,
    };
    if settings.disclosure.rounding_secret.is_none() {
        tracing::warn!(
            "no rounding_key is configured under [disclosure]: counts of tier gemeente are rounded anew in each release"
        );
    }
    check_open(address, settings.open_tier, &file.access)?;
    let door = door(&file.access, settings.open_tier, pseudonyms)?;
    let register = Register::new(file.releases.register.clone());
    let source = Source { bundle, settings, keep: file.releases.keep, register };
    let service = source
        .load(Vec::new())
        .map_err(|cause| ServeError::Load { bundle: source.bundle.clone(), cause: Box::new(cause) })?;
    let (model, as_of, until) = service.model_and_period();
    tracing::info!(areas = service.areas(), model, as_of, until, "bundle verified and self-tested");
    if let Some(warning) = service.warning() {
        tracing::warn!("{} / {}", warning.nl, warning.en);
    }
    let switch = Switch::new(file.releases.stop_file.clone());
    let public_over_tls = service.is_public_over_tls();
    let releases = Releases::new(service, Some(source), switch);
    let front = Front::assemble(door, accounts, releases, file.limits.limits(), public_over_tls);
    front.tell_program("service.started");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(listen(front.clone(), address, &file));
    // An answer that is still being computed when the time to drain is over is not waited for.
    runtime.shutdown_background();
    front.tell_program("service.stopped");
    if let Some(accounts) = front.accounts() {
        accounts.ledger.close();
    }
    ended
}

/// The log for accountability, and how persons are named in it.
fn accounts(file: &Configuration) -> Result<(Option<Accounts>, Pseudonyms), ServeError> {
    let Some(part) = &file.ledger else {
        tracing::warn!(
            "accountability is off: no [ledger] is configured, so nobody can show later what was answered to whom"
        );
        return Ok((None, Pseudonyms::passing()));
    };
    let (ledger, key) = Ledger::open(&part.rules())?;
    let accounts = Accounts { ledger, activity: part.activity(), configuration: file.sha256.clone() };
    Ok((Some(accounts), key.pseudonyms()))
}

/// Without keys or tokens, what is more than public stays on this machine.
fn check_open(address: SocketAddr, tier: Tier, access: &AccessPart) -> Result<(), ServeError> {
    if access.is_configured() || address.ip().is_loopback() || tier == Tier::Publiek {
        return Ok(());
    }
    Err(ServeError::Open { address, tier })
}

fn door(access: &AccessPart, open_tier: Tier, pseudonyms: Pseudonyms) -> Result<Door, ServeError> {
    if !access.is_configured() {
        tracing::warn!(tier = open_tier.name(), "no keys or tokens are configured: everyone has this tier");
        return Ok(Door::open(open_tier));
    }
    let keys = access.keys.as_deref().map(KeyFile::open).transpose()?;
    let issuers: Vec<Issuer> = access.issuers().map(Issuer::new).collect();
    for issuer in &issuers {
        match (issuer.keys().load(), &issuer.rules().keys) {
            (Ok(()), _) => {}
            // The map must not wait for someone else's login page.
            (Err(error), Origin::Url(..)) => {
                tracing::error!(%error, "its tokens are refused until this is solved")
            }
            (Err(error), Origin::File(_)) => return Err(error.into()),
        }
    }
    Ok(Door::guarded(keys, issuers, pseudonyms))
}

async fn listen(front: Front, address: SocketAddr, file: &Configuration) -> Result<(), ServeError> {
    // Before the address is announced, so that a signal sent right after it is not lost.
    let stop = stop_signal()?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let listener = bound(address).await?;
    if let Some(part) = &file.metrics {
        let figures = bound(part.bind).await?;
        announce(&format!("figures on http://{}/metrics", figures.local_addr()?))?;
        let router = metrics::router(front.clone());
        tokio::spawn(server::answer(figures, router, *front.limits(), std::future::pending()));
    }
    announce(&format!("listening on http://{}", listener.local_addr()?))?;
    if front.releases().switch.stopped().is_some() {
        front.tell_stop("the stop file");
    }
    tokio::spawn(watch(front.clone(), Duration::from_secs(file.releases.watch_seconds)));
    let renewing = front.clone();
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() {
            renewing.renew("SIGHUP", true).await;
        }
    });
    let limits = *front.limits();
    server::answer(listener, front.router(), limits, stop).await?;
    Ok(())
}

async fn bound(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|cause| ServeError::Bind { address, cause })
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
