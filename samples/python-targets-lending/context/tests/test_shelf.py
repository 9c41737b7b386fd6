import unittest

from lending.shelf import due_within


class DueTest(unittest.TestCase):
    def test_overdue(self):
        self.assertEqual([loan["reader"] for loan in due_within(0)], ["Ines"])
