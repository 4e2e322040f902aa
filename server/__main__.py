"""`python -m server`: the `linkroll` command, for whoever has the package but not the script."""

from server.cli.main import main

if __name__ == "__main__":
    main()
