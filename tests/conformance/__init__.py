"""What vendors publish, used as a judge: no request of ours may break their documents.

The documents are found by the environment variable INCIDENTD_SPECS; without it these tests are skipped.
"""
