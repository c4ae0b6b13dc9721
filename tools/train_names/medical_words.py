# ruff: noqa: E501, SIM905 - word lists stay on the line where they can be read as one
"""Words of medicine that no person is called: conditions, body parts, tests, abbreviations, and drugs that the drug list lacks."""

from __future__ import annotations

ABBREVIATIONS = """
abg abgs acl adhd adls aed afib afp aids alp als alt aptt ards asa asd ast avm bac bcp bid bmi bmp bnp bph bpm bps brca bun cabg cad
cbc cbd ccu cdc cfs chf chol cin cjd cka ckd cll cmp cmv cns copd cpap cpk cpr crp csf cta ctscan cva cvd cxr dcis dexa dhea djd dka dmards
dnr dpt dtr dvt ebv ecg ect ect edd eeg eent efs egd egfr ekg ekgs ecgs emg ent esr esrd fev fna fpg fsh fvc gcs gerd gfr ggt gi gird
glp gmo gp gps gtt gu gyn hba hbv hcg hct hcv hdl heent hgb hiit hpi hpv hrt hsv htn ibd ibs icd icp icu ida idk iga igg ige igm
inr iop itp iui iud ivf ivp kub lad lbp ldh ldl lfts lft llq lmp lsd lvef luq mcl mcp mdma meds med mgus mmr mmse mono mri mris mrsa mtp
mva myrbetriq nafld nicu nkda nsaid nsaids nsvt obgyn obs od oa orif osa otc otcs pacu pad pap pcl pcos pcp pcps pcr pdd pe pep perrla pet
pft pfts pgy phq picc pid pip pkd pmdd pmh pms pnd poc pod ppd ppi ppis pprn prep prn prp psa pso psvt ptca pth ptsd ptt pvc pvcs pvd qd qid
qhs qtc ra rbc rbcs rem rhr rls rom ros rpr rsi rsv rue rul ruq rx sad sars sbo scd scfe sga siadh sids slap sle sob soap ssri ssris snri snris
maoi maois stat stemi nstemi std stds sti stis svt tbi tb tca tcas tens thc tia tias tid tka tha tmj tmd tnf tpn tsh tms tpa tx uri uris usg uti utis vdrl vitals vs wbc
mbct msbr mbsr eap eaps iop wbcs wnl xray xrays xr gad mdd bpd ocd ptsd npd odd osdd cptsd dpdr dmdd cbt dbt emdr act ifs erp mbct mbsr rebt iop php dsm
""".split()

CONDITIONS = """
abscess achalasia acne acromegaly adenoma adenomas adenopathy afebrile agoraphobia akathisia alopecia amblyopia amenorrhea anaphylaxis anaemia anemia anemic aneurysm
angina angioedema anhedonia ankylosing anorexia anosmia aphasia aphthous apnea arrhythmia arrhythmias arthralgia arthritic arthritis arthropathy ascites aspergillosis
asthma asthmatic astigmatism ataxia atopic atrophy autism autistic bacteremia bifida bipolar blepharitis bloating botulism bradycardia bronchiectasis bronchiolitis bronchitis
bruit bruits bruxism bulimia bulimic bunion bunions bursitis cachexia candida candidiasis canker carcinoma carditis cardiomegaly cardiomyopathy carpal cataplexy cataract cataracts
cellulitis celiac coeliac cerebral cervicalgia chlamydia cholecystitis cholelithiasis cholera cholestasis chondromalacia chorea cirrhosis claudication clubfoot colic colitis
comorbid comorbidities comorbidity concussion concussions conjunctivitis constipation contusion costochondritis cramping croup cyanosis cyst cysts cystitis cystic cystocele dander
deformans dementia dengue dermatitis derealization depersonalization diabetes diabetic diaphoresis diarrhea diarrhoea diplopia dissociative diverticulitis diverticulosis dizziness dropsy
dysarthria dysautonomia dyslexia dyslexic dyslipidemia dysmenorrhea dyspareunia dyspepsia dysphagia dysphasia dysphoria dysphoric dysplasia dyspnea dyspneic dyspraxia dysthymia dystonia dystrophy dysuria
ecchymosis eclampsia eczema edema edematous effusion effusions embolism embolus emphysema empyema encephalitis encephalopathy endocarditis endometriosis enuresis eosinophilia
epicondylitis epilepsy epileptic epiglottitis epistaxis erythema erythematosus erythematous exacerbation exacerbations exophthalmos exostosis exudate exudates fasciitis fibroadenoma fibroadenomas
fibroid fibroids fibromyalgia fibrosis fibrillation fissure fissures fistula flatulence flareup flareups floaters folliculitis fracture furuncle gallstone gallstones ganglion gangrene gastritis
gastroenteritis gastroparesis gingivitis glaucoma glioblastoma glioma glomerulonephritis goiter goitre gonorrhea gout granuloma granulomas gynecomastia halitosis hallux hemangioma
hemangioblastoma hematemesis hematochezia hematoma hematuria hemiparesis hemiplegia hemophilia hemoptysis hemorrhage hemorrhoid hemorrhoids hepatitis hepatomegaly hepatosplenomegaly hernia
hernias herpes hidradenitis hirsutism hives hydrocele hydrocephalus hydronephrosis hypercalcemia hypercholesterolemia hyperglycemia hyperhidrosis hyperkalemia hyperlipidemia
hyperplasia hypertension hypertensive hyperthyroid hyperthyroidism hypertrophy hypervigilance hypervigilant hypochondria hypoglycemia hypoglycemic hypokalemia hypomania hypomanic hyponatremia hypotension
hypothyroid hypothyroidism hypoxia hypoxic icterus ileus impetigo impingement incontinence indigestion infarct infarction influenza insomnia insomniac ischemia ischemic itching jaundice keloid keratitis keratosis
ketoacidosis kyphosis labyrinthitis laryngitis lesion lesions leukemia leukopenia leukocytosis lichen lipoma lipomas listeria lordosis lumbago lupus lyme lymphadenopathy lymphedema lymphoma macular malaise malaria malignancy malignant
mania manic mastectomy mastitis measles melanocytic melanoma melanomas melasma melena meningioma meningitis menopause menopausal perimenopause perimenopausal menorrhagia mesothelioma metastases metastasis metastatic migraine migraines
migrainous miosis molluscum mononucleosis mucositis mumps murmur murmurs myalgia myalgias myasthenia myelitis myeloma myelopathy myocarditis myoma myopathy myopia myositis narcolepsy narcoleptic
nausea nauseous necrosis necrotic neonatal nephritis nephropathy neuralgia neuritis neuropathic neuropathy neuroma neutropenia nevus nevi nocturia nodule nodules nystagmus occlusion oligomenorrhea
onychomycosis opioid opioids orchitis orthopnea orthostatic osteoarthritis osteochondroma osteochondromas osteomyelitis osteopenia osteoporosis otitis palpitation palpitations palsy pancreatitis pancytopenia panic
papilloma paralysis paraplegia paraplegic paresthesia paresthesias parkinsonism parotitis paronychia pericarditis periodontal periodontitis peritonitis pertussis petechiae petit pharyngitis
phlebitis phlegm photophobia pinworms plantar pleurisy pneumonia pneumothorax polio polycystic polycythemia polydipsia polymyalgia polyneuropathy polyp polyps polyuria porphyria postpartum preeclampsia prediabetes prediabetic priapism proctitis
prodromal prolapse prostatitis proteinuria pruritus pseudogout psoriasis psoriatic psychosis psychotic pterygium ptosis pyelonephritis rabies radiculitis radiculopathy rales rash rashes reflux retinopathy retinitis rhabdomyolysis
rheumatic rheumatism rheumatoid rhinitis rhinorrhea rhonchi rickets rigidus ringworm rosacea rotavirus rubella salmonella sarcoidosis sarcoma scabies schizoaffective schizoid schizophrenia schizophrenic sciatica scleroderma
sclerosis scoliosis scotoma scurvy seborrheic sepsis septic seizure seizures shigella shingles sickle sinusitis somatic spasm spasms spasticity splenomegaly spondylitis spondylolisthesis spondylosis sprain sprains staph
staphylococcus steatosis stenosis strabismus strep streptococcus stricture stridor stye subluxation syncope synovitis syphilis tachycardia tachypnea tarsal tendinitis tendonitis tendinopathy tenosynovitis tetanus
thalassemia thrombocytopenia thrombosis thrombus thrush thyroiditis thyromegaly tinnitus tonsillitis torticollis toxoplasmosis tremor tremors trichomonas trichotillomania tuberculosis tumor tumors tumour ulcer ulcers
uremia urethritis urticaria uveitis vaginitis vaginosis valgus varicella varices varicocele varicose varus vasculitis vasovagal ventricular vertigo vitiligo vulgaris warts wheeze wheezes wheezing whiplash xerosis mellitus
""".split()

BODY = """
abdomen abdominal acetabulum achilles acromioclavicular acromion adenoid adenoids adductor adipose adnexa adrenal adrenals alveolar amniotic amygdala anterior anterolateral antecubital anus aorta aortic appendix arteriole artery
atria atrial atrium auditory axilla axillary basilar bicep biceps bilateral bilaterally bladder brachial brachioradialis bronchi bronchial bronchus buccal buttock calcaneus calf calves capillary capitis cardiac carotid carpi cartilage caudal cecum
cephalic cerebellar cerebellum cervical cervix clavicle coccyx cochlea colon colonic conjunctiva cornea corneal coronary cortex costal costovertebral cranial cranium cruciate cuff cutaneous deltoid deltoids dermal dermis diaphragm digitorum distal
dorsal dorsalis dorsiflexion duodenal duodenum dura ear elbow endocrine endometrial endometrium epidermis epidural epigastric epigastrium epiglottis esophageal esophagus oesophagus ethmoid extensor extensors extremity extremities fascia femoral
femur fibula fibular flank flexor flexors follicle foramen forearm fossa frenulum frontalis gallbladder gastric gastrocnemius gastrointestinal genital genitalia glans glenohumeral glenoid gluteal glute glutes gluteus gum gums gut hamstring
hamstrings heel hepatic hila hilar hip hippocampus humeral humerus hypogastric hypothalamus ileum iliac iliopsoas iliotibial incisor inguinal intercostal intestinal intestine intestines intracranial intraocular iris jaw jejunum jugular knee kneecap
labia labrum labral lacrimal larynx lateral laterally lats ligament ligaments limbic lingual lobe lumbar lumbosacral lung lungs lymph lymphatic malleoli malleolus mammary mandible mandibular mastoid maxilla maxillary medial medially mediastinum
meniscal meniscus menisci mesenteric metacarpal metacarpals metacarpophalangeal metatarsal metatarsals metatarsophalangeal midfoot midline mitral molar mucosa mucosal mucous muscular musculoskeletal myocardial myocardium nares nasal nasopharynx navel
neck neural nodal node nostril nostrils oblique obliques occipital occiput ocular olecranon omentum optic oral orbital oropharynx osseous ovarian ovaries ovary palate palmar pancreas pancreatic paraspinal paraspinals parietal parotid patella
patellar patellofemoral pectoral pectorals pectoralis pedis pelvic pelvis penile penis perianal pericardial pericardium perineal perineum periorbital peripheral peritoneal peroneal phalanges phalanx pharynx piriformis pituitary placenta
pleura pleural popliteal posterior posterolateral prostate prostatic proximal psoas pterygoid pubic pulmonary pulp pupil pupils pylorus quad quadrant quadriceps quads radial radialis radius rectal rectum rectus renal retina retinal retropharyngeal
rhomboid rib ribcage rotator sacral sacroiliac sacrum salivary salpingo saphenous scapula scapular scalp sciatic sclera sclerae scrotal scrotum septal septum shin shins shoulder sigmoid sinus sinuses skull soleus spinal spine spleen splenic
sternal sternoclavicular sternocleidomastoid sternum stomach styloid subacromial subchondral subclavian subcostal subcutaneous sublingual submandibular suboccipital superficialis suprapubic supraclavicular supraspinatus subscapularis infraspinatus synovial systolic diastolic
talar talofibular talus temporal temporomandibular tendon tendons teres testicle testicles testicular testis thalamus thenar thigh thoracic thorax throat thymus thyroid thyromegaly tibia tibial tibialis toe toenail tongue tonsil tonsils
trachea tracheal trapezius traps tricep triceps tricuspid trigeminal trochanter trochanteric turbinate turbinates tympanic ulna ulnar umbilical umbilicus ureter ureteral urethra urethral urinary uterine uterus uvula vagal vagina vaginal vagus valve vascular
vastus vein veins venous vena ventral vertebra vertebrae vertebral vesicular vestibular viscera visceral vitreous volar vulva vulvar womb zygoma
""".split()

CARE = """
accu-chek accuchek acupuncture acupuncturist adjuvant allergist allergen allergens ambulate ambulating ambulation ambulatory amniocentesis anaesthesia anaesthetist analgesia analgesic analgesics anesthesia anesthesiologist anesthetic angiogram angiography angioplasty antacid antacids
antibiotic antibiotics antibody antibodies anticoagulant anticoagulants anticoagulation anticonvulsant antidepressant antidepressants antiemetic antifungal antigen antihistamine antihistamines antihypertensive antinuclear antipsychotic antipsychotics antiviral anxiolytic appendectomy arteriogram arthrogram
arthroplasty arthroscopic arthroscopy asymptomatic audiogram audiologist audiology auscultation autoimmune autologous barium benzo benzos biopsies biopsy bloodwork bolus bowel bowels bronchodilator bronchoscopy bypass cannula carbs cardiologist cardiology cardioprotective cardiothoracic cardiovascular
cardioversion catheter catheterization catheters chemo chemotherapy chiro chiropractic chiropractor cholecystectomy cholesterol circumcision coag colonoscopy colonoscopies colostomy colposcopy comorbid contraception contraceptive contraceptives contraindicated contraindication copay copays corpectomy corticosteroid corticosteroids
craniotomy creatinine crepitus cryotherapy curettage cystoscopy cytology debridement decongestant decongestants defibrillator dentures dermatologist dermatology detox dexascan dialysis dietician dietitian discectomy diskectomy diuretic diuretics doppler dosage dosages dosing echo echocardiogram echocardiography
echocardiograms egophony elastography electrocardiogram electroencephalogram electrolyte electrolytes endocrinologist endocrinologists endocrinology endoscopy enema enemas enzyme enzymes epipen epipens ergonomic estradiol estrogen eustachian excision exfoliate expectorant extubated fasting febrile fluticasone forceps formulary
frenectomy fusion gastro gastroenterologist gastroenterology gastrostomy geneticist genotype geriatric geriatrician glucometer glucose glucosamine gastrectomy glutathione gummies gummy gurney gyno gynecologic gynecological gynecologist gynecology haematology halo hematocrit hematologist hematology hemodialysis
hemoglobin histology holter homeopathic hospice hospitalist hysterectomy ibuprofen immunization immunizations immunocompromised immunoglobulin immunologist immunosuppressant immunotherapy implant implants incision infusion infusions inhaler inhalers inpatient intern internist internists intramuscular intranasal intravenous intubated
intubation keto ketones laminectomy laparoscopic laparoscopy laparotomy laryngoscopy laser lasik laxative laxatives lectin lifeline lipid lipids lithotripsy lobectomy lozenge lozenges lumpectomy macula mammogram mammograms mastectomy medrol mg mcg milligram milligrams microgram micrograms milliliter milliliters mmhg
multivitamin multivitamins myringotomy narcotic narcotics nebulizer nebulizers nebs neb neonatologist nephrectomy nephrologist nephrology neuro neurologic neurological neurologist neurology neurooncology neuropsych neuropsychologist neurosurgeon neurosurgery neurotransmitter neurotransmitters nonsmoker nondistended nontender nonweightbearing normocephalic nicotine
obstetric obstetrician obstetrics oncologist oncology oophorectomy ophthalmologist ophthalmology optometrist orchiectomy orthodontist orthopaedic orthopedic orthopedics orthopedist orthotic orthotics ostomy otolaryngologist otoscope outpatient oximeter oximetry pacemaker palpable palpate palpated palpation palliative pap paramedic
parathyroid pathologist pathology pediatric pediatrician pediatrics paediatrician percussion perc percutaneous perioperative permcath pharmacist pharmacologist pharmacology phlebotomist phlebotomy physiatrist physio physiotherapist physiotherapy placebo plavix podiatrist podiatry polysomnogram poultice prenatal preop postop preoperative
postoperative probiotic probiotics proctologist prognosis pronation supination prophylactic prophylaxis prostatectomy prosthesis prosthetic proteins psych psychiatrist psychiatry psychoeducation psychologist psychopharmacologist psychosomatic psychotherapist psychotherapy pulmonologist pulmonology pulse pt radiation radiograph radiographs radiologist radiology
radiotherapy rectocele refill refills rehab rehabilitation resection residency residual respirator respiratory resuscitation rheumatologist rheumatology rhinoplasty saline salpingectomy sauna scan scans sedative sedation septoplasty serotonin dopamine norepinephrine cortisol oxytocin shunt sigmoidoscopy sitz sleepwalking sonogram sonographer speculum
spirometry splint sputum stent stents steroid steroids stethoscope stitches subdural suboxone suctioning suppository suppositories supplement supplements suture sutures swab syringe tamponade telehealth telemedicine testosterone thoracentesis thoracotomy thyroidectomy titer titers titrate titrated topical topicals tonsillectomy
tourniquet tracheostomy transdermal transfusion transfusions transplant transvaginal triglycerides troponin tubal tubule turgor tylenol ultrasound ultrasounds unremarkable unsweetened urinalysis urine urologic urologist urologists urology vaccinated vaccination vaccinations vaccine vaccines valproate vasectomy vasodilator vegetative venipuncture ventilator
vitamin vitamins vitrectomy weightbearing workup workups xray x-ray x-rays
""".split()

# Brand names and spellings that the drug list lacks, and what people call them.
DRUGS = """
penicillin bilirubin borax tourette tourettes alzheimers parkinsons crohns hodgkins hashimotos albumin hemoglobin jvd addys adderal aderall abilfy aleve alka-seltzer ambesol amitryptiline anbesol aquaphor arnica ashwagandha aspercreme ativan aveeno azo bacitracin bengay biofreeze biotin bismol bupe buproprion calamine
carmex cerave cetaphil cbd cipralex cephalexin chloraseptic cialis clonazapam clonidine codein colace compazine concerta coricidin cortisone cymbalta dayquil desyrel dextroamphetamine diflucan dimetapp dramamine dulcolax effexor emergen-c ensure epsom eucerin
excedrin feosol ferrous fentanyl flagyl flinstones flovent focalin gabapentin gaviscon gatorade ginkgo ginseng halls hydrocodone hydrocort hydrocortisone hydroxyzine imodium intuniv kaopectate kava keflex kenalog kratom ketamine l-theanine lamotragine lariat lexipro lidocane
lipator listerine lithobid loratidine lorazapam lortab lotrimin lucemyra magnesium maalox mederma melatonin metamucil methotrexate metropolol microdosing midol mirilax miralax monistat mucinex mylanta naloxone narcan neosporin nicorette nicoderm norco nystatin nyquil
omega oxy oxycodone oxycontin pedialyte pepto percocet percs phenergan pristiq prevacid propanolol psilocybin robaxin rogaine sarna seroquel senokot shrooms sominex sudafed suboxone sinemet synthyroid tamsulosin tampax tamiflu theraflu tirzepatide semaglutide ozempic topamax
tramadol trazadone trazodone tums tussin unisom unithroid valarian valerian valtrex vaseline vicks vicodin vyvance wegovy welbutrin wellbutrin xanex xanny xanax zanaflex zantac zicam ziprasidone zofran zoloft zolof zyrtec zyprexa zzzquil
""".split()

#: Drugs that are given names as well: which is meant follows from what stands beside them.
DRUGS_AND_NAMES = "allegra alli camila flovent tobi kariva ella yasmin yaz mirena lexi aviane levora nora natalia celeste palmar colon".split()

#: All of the lists above.
ALL = ABBREVIATIONS + CONDITIONS + BODY + CARE + DRUGS

#: What diseases, signs and tests are called after: no person is meant where a medical noun or a bare possessive follows.
EPONYMS = """
achilles adams addison alport alzheimer apgar apley asperger babinski baker bankart barlow barr barrett bartholin basedow bechterew behcet bell berger bouchard braxton breslow brudzinski buerger burkitt charcot cheyne chiari chvostek clark colles
conn cooley cooper crohn cushing danlos dercum down dravet duchenne dupuytren ebstein edwards ehlers ewing fabry fallot fanconi felty finkelstein fowler foley freiberg friedreich gaucher gilbert gleason glasgow goodpasture graves guillain haglund hansen
harris hashimoto hawkins heberden henoch hill hirschsprung hodgkin homan homans hopkins horner huntington hurler isaacs jones kallmann kaposi kawasaki kegel kernig killian kleinfelter klinefelter korsakoff kostmann kugelberg lachman lambert lasegue legionnaire leigh lewy lhermitte
lisfranc lou-gehrig ludwig lyme lynch mallory marfan marie mcburney mcmurray meckel menetrier meniere milroy morton munchausen murphy neer niemann osgood osler paget parkinson patau pel perthes peyronie phalen plummer pott prader quincke ramsay raynaud reed reiter rett reye romberg roth rovsing
sachs salter schlatter scheuermann sever sheehan simmonds sjogren spurling stevens still stokes sturge sydenham takayasu tay thompson tietze tinel tourette trendelenburg turner valsalva virchow von waldenstrom weber wegener wernicke whipple willebrand wilms wilson wolff zenker zollinger
""".split()
