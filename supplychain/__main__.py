"""`python -m supplychain` is the same program as `supplychain`."""

from supplychain.cli.main import main

if __name__ == "__main__":
    main()
