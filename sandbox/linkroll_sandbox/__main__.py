"""`python -m linkroll_sandbox` is the same as the command `linkroll-sandbox`."""

from linkroll_sandbox.cli import main

if __name__ == "__main__":
    main()
