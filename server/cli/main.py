"""The `linkroll` command. Answers on stdout, talk on stderr; exit 1 for "no", 2 for "you asked wrongly"."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from server.backup import BackupError
from server.cli.backups import backup, restore
from server.cli.common import DataDir, Json, Verbose, fail, run, settings_with, with_host
from server.cli.keys import keys
from server.cli.vaults import vault
from server.database import DatabaseUnreachable
from server.listening import CannotListen
from server.logs import configure_logs
from server.outgoing import SandboxInProduction
from server.serving import StartError, open_database
from server.serving import serve as serve_forever
from server.settings import LogSettings
from server.telemetry.traces import TracesUnavailable
from server.vault import VaultError

app = typer.Typer(
    help="linkroll: the self-hosted backend of a creator roster.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(keys, name="key")
app.add_typer(vault, name="vault")
app.command()(backup)
app.command()(restore)


EXPECTED = (
    StartError,
    CannotListen,
    SandboxInProduction,
    TracesUnavailable,
    VaultError,
    BackupError,
    DatabaseUnreachable,
)


def main() -> None:
    """The entry point. Expected failures are one sentence on stderr."""
    try:
        configure_logs(verbose="--verbose" in sys.argv, log_format=LogSettings().log_format)
        app()
    except EXPECTED as error:
        fail(str(error))
    except ValidationError as error:
        for problem in error.errors():
            name = "__".join(str(part) for part in problem["loc"]).upper()
            print(f"LINKROLL_{name}: {problem['msg']}", file=sys.stderr)
        raise SystemExit(2) from None


@app.command()
def serve(
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Start stand-in platforms and use them.")
    ] = False,
    port: Annotated[int | None, typer.Option(help="The port; 0 picks a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="The address to bind.")] = None,
    data_dir: DataDir = None,
    verbose: Verbose = False,
) -> None:
    """Run the server.

    With the embedded database, unless LINKROLL_DATABASE_URL is set.

    Example: linkroll serve --sandbox --port 8040 --data-dir ./data
    """
    run(serve_forever(settings_with(port=port, host=host, data_dir=data_dir), sandbox=sandbox))


@app.command()
def worker(data_dir: DataDir = None, verbose: Verbose = False) -> None:
    """Run background work in its own process.

    Beside any number of servers on the same database.

    Example: linkroll worker --data-dir ./data
    """
    from server.worker.process import work

    run(work(settings_with(data_dir=data_dir)))


@app.command()
def jobs(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show the background work.

    How many workers live, what waits, runs and failed, and what stands due in the tables.

    Example: linkroll jobs
    """
    from server.worker.jobs_report import jobs_report, report_lines

    report = run(with_host(jobs_report, data_dir))
    print(json.dumps(report, indent=2, default=str) if as_json else "\n".join(report_lines(report)))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def sandbox(context: typer.Context) -> None:
    """Run the stand-in platforms alone.

    Flags are `linkroll-sandbox`'s own.

    Example: linkroll sandbox --port 9400
    """
    raise SystemExit(subprocess.call([sys.executable, "-m", "linkroll_sandbox", *context.args]))  # noqa: S603


@app.command()
def migrate(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Bring the database to the newest schema. `serve` does this by itself.

    Example: linkroll migrate
    """
    from server.database import migrate as apply

    settings = settings_with(data_dir=data_dir)
    with open_database(settings) as url:
        applied = run(apply(settings.listen_url or url))
    if as_json:
        print(json.dumps({"applied": applied}))
    else:
        print("\n".join(f"applied {name}" for name in applied) or "nothing to do")


@app.command()
def plugins(as_json: Json = False) -> None:
    """List the installed plugins.

    Where they come from, what they bring and ask for, and what is wrong with them.

    Example: linkroll plugins --json
    """
    from server.cli.plugin_report import report, report_lines

    rows = report(settings_with())
    print(json.dumps(rows, indent=2) if as_json else "\n".join(report_lines(rows)))
    if any(row["problems"] for row in rows):
        raise SystemExit(1)


@app.command()
def schema() -> None:
    """Print the GraphQL schema.

    Example: linkroll schema > schema.graphql
    """
    from server.platforms import load_platforms
    from server.schema.build import build_schema

    print(build_schema(load_platforms()))


@app.command()
def catalogue() -> None:
    """Print every metric that the installed plugins tell.

    As a page in Markdown.

    Example: linkroll catalogue > docs/reference/metrics.md
    """
    from server.cli.catalogue import catalogue_page
    from server.platforms import load_platforms

    print(catalogue_page(load_platforms()), end="")


@app.command()
def doctor(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Check everything a start depends on.

    Settings, database, vault, plugins and logins; says what to mend.

    Example: linkroll doctor
    """
    from server.cli.doctor import examine

    findings = run(examine(settings_with(data_dir=data_dir)))
    if as_json:
        print(json.dumps([vars(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what:<12} {finding.says}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


@app.command()
def demo(
    url: Annotated[
        str | None, typer.Option(help="A running `serve --sandbox`; by default one is started.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="An admin key of that server.")] = None,
    sandbox_url: Annotated[
        str | None, typer.Option(help="Its sandbox: then the story also travels 91 days and back.")
    ] = None,
) -> None:
    """Tell the whole story, checking each step.

    Against a live server, with real consent pages.

    Example: linkroll demo
    """
    from server.demo import tell

    if (url is None) != (key is None) or (url is None and sandbox_url is not None):
        fail("--url and --key go together, and --sandbox-url goes with them.", 2)
    raise SystemExit(run(tell(url, key, sandbox_url)))
