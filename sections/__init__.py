"""The law and the plan: sections, stages, rights, deadlines. Pure: values in, values out."""
