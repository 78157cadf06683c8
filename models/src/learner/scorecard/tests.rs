//! Tests of the scorecard.
