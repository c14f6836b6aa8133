"""The engine: decisions in, accounts out. `portfolio` alone imports vectorbt; `orders` says what is traded; `experiment` simulates on demand."""
