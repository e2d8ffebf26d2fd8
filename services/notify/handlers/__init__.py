"""What notify does: hear events, send what is due, sweep deadlines, and what people decide."""
