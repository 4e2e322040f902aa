"""`linkroll vault`: the master keys in use, and their rotation."""

from __future__ import annotations

import json

import typer

from server.cli.common import DataDir, Json, fail, run, with_host

vault = typer.Typer(help="The vault's master keys: their use, and rotation.", no_args_is_help=True)


@vault.command("status")
def vault_status(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show the master keys, and how much is sealed under each.

    Example: linkroll vault status
    """
    from server.services.operator.vault_rotation import key_uses

    uses = run(with_host(key_uses, data_dir))
    if as_json:
        rows = [
            {
                "name": u.name,
                "seals": u.seals,
                "configured": u.configured,
                "known": u.known,
                "values": u.values,
            }
            for u in uses
        ]
        print(json.dumps(rows, indent=2))
        return
    for use in uses:
        state = "seals" if use.seals else "opens" if use.configured else "MISSING"
        print(f"{use.name:<20} {state:<8} {use.values:>10} values{'' if use.known else '  no longer needed'}")


@vault.command("rotate")
def rotate_vault(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Seal everything under the first master key, while servers go on.

    Every server and worker must know that key by now, and have it first.

    Example: linkroll vault rotate
    """
    from server.services.operator.vault_rotation import rotate

    done = run(with_host(rotate, data_dir))
    if as_json:
        print(json.dumps(vars(done), indent=2))
    else:
        print(f"{done.rewrapped} values are sealed anew")
        for name in done.forgotten:
            print(f"{name} is needed no longer: take it out of the keys")
    if done.remaining:
        left = ", ".join(f"{count} under {name}" for name, count in sorted(done.remaining.items()))
        fail(f"Not everything could be sealed anew: {left}. Try again; `linkroll vault status` tells.")
