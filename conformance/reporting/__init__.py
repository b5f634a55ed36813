"""From results to what people and machines read: the HTML report, the summary, JUnit and the console."""
