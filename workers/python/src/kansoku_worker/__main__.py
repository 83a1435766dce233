from kansoku_worker.cli import main

# Each process of a scorer imports this module, too.
if __name__ == "__main__":
    main()
