"""The networks as people write them by hand, in each library's own terms; whom compiled code is measured against."""
