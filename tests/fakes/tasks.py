"""Tasks that only note that they were woken."""


class FakeTasks:
    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1
