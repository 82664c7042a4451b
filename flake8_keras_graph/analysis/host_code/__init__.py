"""What Python runs itself, around the models: training loops, predictions, scripts; read from the stdlib tree."""
