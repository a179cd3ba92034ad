package process

// The library tells how far a statement is, row by row. Nobody asks.

// UpdateTableProgress implements sql.ProcessList.
func (l *List) UpdateTableProgress(uint64, string, int64) {}

// UpdatePartitionProgress implements sql.ProcessList.
func (l *List) UpdatePartitionProgress(uint64, string, string, int64) {}

// AddTableProgress implements sql.ProcessList.
func (l *List) AddTableProgress(uint64, string, int64) {}

// AddPartitionProgress implements sql.ProcessList.
func (l *List) AddPartitionProgress(uint64, string, string, int64) {}

// RemoveTableProgress implements sql.ProcessList.
func (l *List) RemoveTableProgress(uint64, string) {}

// RemovePartitionProgress implements sql.ProcessList.
func (l *List) RemovePartitionProgress(uint64, string, string) {}
