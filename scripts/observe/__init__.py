"""What a running environment shows of itself, as a sealed file for `raglite validate`. It judges nothing."""
