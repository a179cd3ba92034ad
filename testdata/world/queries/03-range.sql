SELECT alpha3, name FROM currency WHERE alpha3 >= 'C' AND alpha3 < 'D' ORDER BY alpha3
