"""
What Facebook delivers about a person: signed requests, under the app's secret (meta sheet 7, confirmed).

They name the person by the id that is the grant's subject.
"""

from __future__ import annotations

from linkroll_meta.callbacks import DataDeletion, Deauthorize

DEAUTHORIZE = Deauthorize("Enter it under Facebook Login > Settings as the Deauthorize Callback URL.")
DATA_DELETION = DataDeletion("Enter it under Facebook Login > Settings as the Data Deletion Request URL.")
