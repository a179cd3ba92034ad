SELECT alpha2, alpha3, num, name, official_name, common_name FROM country WHERE alpha2 = 'CH'
