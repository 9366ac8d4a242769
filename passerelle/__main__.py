"""`python -m passerelle`."""

from passerelle.cli import app

if __name__ == "__main__":
    app()
