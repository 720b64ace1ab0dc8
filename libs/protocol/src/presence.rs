//! Wire types of presence: leases of gateways, diffs, snapshots.
