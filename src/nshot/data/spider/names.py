"""Names of Spider's databases, by which a pool of Spider is recognised."""

from __future__ import annotations

from collections.abc import Iterable

SPIDER_DATABASES = frozenset(
    """
    aan_1 academic activity_1 address_1 advertising_agencies aircraft allergy_1 apartment_rentals
    architecture art_1 assets_maintenance bakery_1 baseball_1 battle_death bbc_channels
    behavior_monitoring bike_1 bike_racing boat_1 body_builder book_1 book_2 book_press book_review
    browser_web candidate_poll car_1 car_racing car_road_race chinook_1 cinema city_record climbing
    club_1 club_leader coffee_shop college_1 college_2 college_3 company_1 company_employee
    company_office concert_singer conference country_language county_public_safety course_teach
    cre_Doc_Control_Systems cre_Doc_Template_Mgt cre_Doc_Tracking_DB cre_Doc_Workflow
    cre_Doc_and_collections cre_Docs_and_Epenses cre_Drama_Workshop_Groups
    cre_Students_Information_Systems cre_Theme_park csu_1 culture_company customer_complaints
    customer_deliveries customers_and_addresses customers_and_invoices customers_and_orders
    customers_and_products_contacts customers_campaigns_ecommerce customers_card_transactions debate
    decoration_competition department_management department_store device district_spokesman
    document_management dog_kennels dorm_1 driving_school e_commerce e_government e_learning election
    election_representative employee_hire_evaluation entertainment_awards entrepreneur epinions_1 farm
    film_rank flight_1 flight_2 flight_4 flight_company formula_1 game_1 game_injury gas_company geo
    government_shift gymnast headphone_store hospital_1 hr_1 icfp_1 imdb inn_1 institution_sports
    insurance_and_eClaims insurance_fnol insurance_policies journal_committee loan_1 local_govt_and_lot
    local_govt_in_alabama local_govt_mdm machine_repair manufactory_1 manufacturer match_season
    medicine_enzyme_interaction mountain_photos movie_1 movie_2 museum_visit music_1 music_2 music_4
    musical network_1 network_2 news_report online_exams orchestra party_host party_people
    performance_attendance perpetrator pets_1 phone_1 phone_market pilot_1 pilot_record planet_1
    poker_player product_catalog products_for_hire products_gen_characteristics program_share
    protein_institute race_track railway real_estate_properties real_estate_rentals region_building
    restaurant_1 restaurant_bills restaurants riding_club roller_coaster sakila_1 scholar school_bus
    school_finance school_player scientist_1 ship_1 ship_mission shop_membership sing_contest singer
    small_bank_1 soccer_1 soccer_2 soccer_3 solvency_ii sports_competition station_weather store_1
    store_product storm_record student_1 student_assessment student_transcripts_tracking swimming
    theme_gallery tracking_grants_for_research tracking_orders tracking_share_transactions
    tracking_software_problems train_station tv_shows tvshow twitter_1 university_basketball
    university_rank vehicle_driver vehicle_rent video_game voter_1 voter_2 warehouse_1 wedding wine_1
    workshop_paper world_1 wrestler wta_1 yelp
    """.split()
)
"""The 206 databases of train, dev and test."""
FEWEST = 5
"""A pool with fewer databases is never taken for Spider."""


def is_spider(db_ids: Iterable[str]) -> bool:
    """Whether a pool has at least FEWEST databases and all of them have names of Spider's
    databases.

    >>> is_spider(["concert_singer", "my_shop"])
    False
    """
    names = set(db_ids)
    return len(names) >= FEWEST and names <= SPIDER_DATABASES
