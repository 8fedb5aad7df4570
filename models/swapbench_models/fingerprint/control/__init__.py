"""Control: what is asked of the pipeline, in messages from the command line, from files and from Kafka."""
