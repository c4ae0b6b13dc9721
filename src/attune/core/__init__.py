"""The ground floor: the record contract, shard sets, the engine, parameters, reports and run folders."""
